# Firejail profile for player
include player.local
include globals.local

noblacklist ${HOME}/.config/player
noblacklist ${VIDEOS}
include disable-common.inc
mkdir ${HOME}/.config/player
whitelist ${HOME}/.config/player
whitelist ${RUNUSER}/*player*
whitelist /usr/share/player
blacklist /usr/libexec
read-only ${HOME}/.config/user-dirs.dirs

ignore nosound
caps.keep net_bind_service,no_such
seccomp !chroot,@clock
rlimit-nofile 1024
timeout 00:10:00
env A=b "c": ${d}
cpu 0,1
dbus-user filter
dbus-user.talk org.freedesktop.Notifications
?HAS_APPIMAGE: ignore private-dev
frobnicate
include common.profile
