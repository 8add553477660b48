/* The launch, as one table that both processes walk.
 *
 *   launcher                                      first process of the container (PID 1 where pids are its own)
 *   claim   lock ids, make folders and volumes
 *   clone   ──────────────────────────────────▶   waits on the channel
 *   ids     id maps; what only the outside may raise
 *   open    trees with the caller's own rights
 *           ── GO, with the trees ─────────────▶  identity  becomes the container's root
 *   supervises                                    root, mounts, pivot, lock, names
 *           ◀── TERMINAL, with the pty ────────   terminal (only where there is one)
 *                                                 init      forks ──▶ app: restrict, exec
 *           ◀── ERROR, with its sentence ──────   (any of them)
 *           ◀── end of file ───────────────────   everything is over
 *
 * Two messages where all goes well, and no waiting but for GO: a stage of one side costs the other nothing. Success of the exec
 * is not announced, it is the one thing that is inferred, from a channel that ends without an error: nobody is left to speak.
 *
 * Undoing is the launcher's: its rows backwards. The child's side needs none, since all it makes lives in its namespaces. */
#pragma once
#include "plan/steps.h"

struct launch;

struct stage_row {
    enum stage stage;
    int (*apply)(struct launch *launch, struct error *err);
    void (*undo)(struct launch *launch);
};

/* Walks the launcher's rows up to GO. On failure everything is undone and -1 returned. */
int stages_launch(struct launch *launch, struct error *err);
/* The launcher's rows backwards: at the end of every run. */
void stages_undo(struct launch *launch);
/* In the child: its rows, of which `init` starts the app. */
_Noreturn void stages_child(struct launch *launch);
/* In the app: the rest, up to its exec. */
_Noreturn void stages_app(struct launch *launch);
