nosound
no3d
net none
private-bin player,sh
private-tmp
include player.profile
