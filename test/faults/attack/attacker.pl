#!/usr/bin/perl
# A user without any rights but that a folder of certificates is theirs. Watches it, and at a step that can be seen puts
# something else where something is. Tells in the end how many steps it saw, and how many times it could do that.
use strict;
use warnings;
use Fcntl qw(O_RDONLY O_NONBLOCK O_NOFOLLOW O_WRONLY O_CREAT O_APPEND);
use POSIX qw(mkfifo uname);

my %is = map { split /=/, $_, 2 } @ARGV;
my ($folder, $home) = @is{qw(folder home)};
my ($parent, $base) = $folder =~ m{^(.*)/([^/]+)$};
my @targets = qw(tls.crt tls.key gen.crt gen.key .gen.crt.certwright);
# inotify_init1, inotify_add_watch, renameat2.
my %numbers = ('x86_64' => [294, 254, 316], 'aarch64' => [26, 27, 276]);
my ($init, $watch, $exchange) = @{$numbers{(uname)[4]} or die "no numbers of system calls for this machine\n"};
my ($opened, $accessed, $closed) = (0x20, 0x1, 0x10);
my ($hidden, $steps, $moves, $things, $over) = (0, 0, 0, 0, 0);
my (@held, %looted, $back);
srand($is{seed});
$SIG{TERM} = sub { $over = 1 };
$| = 1;

my $queue = syscall($init, 2048);
open(my $events, '<&=', $queue) or die $!;
for my $each ($folder, $is{parent} ? $parent : ()) { syscall($watch, $queue, "$each", 0xfff) >= 0 or die "$each: $!\n" }
foresee() if $is{where} eq 'foreseen';
print "ready\n";

# Not longer than whoever sent it.
while (!$over && getppid() != 1) {
    my $ready = '';
    vec($ready, $queue, 1) = 1;
    # Asleep until something happens; then as quick as can be.
    next if select(my $found = $ready, undef, undef, $steps > 0 && !$moves ? 0 : 0.05) <= 0;
    sysread($events, my $bytes, 65536) or next;
    while (length $bytes) {
        my ($mask, $length) = (unpack 'iIII', $bytes)[1, 3];
        my $name = unpack 'Z*', substr($bytes, 16, $length);
        substr($bytes, 0, 16 + $length) = '';
        # A folder that is only read.
        next if $name eq '' && $mask & ($opened | $accessed | $closed);
        see($name);
    }
}
drain();
print "steps $steps moves $moves\n";

sub see {
    my ($name) = @_;
    $steps++;
    $hidden++ if $name =~ /^\./;
    loot("$folder/$name") if $name =~ /key|certwright/;
    drain();
    if ($back) { $back->(); $back = undef }
    return if $is{where} eq 'nowhere' || $is{where} eq 'foreseen';
    if ($is{where} eq 'everywhere') { return if rand() < 0.6 || $moves > 200; swap(('staged', 'target', 'folder')[rand 3], $name, any()) }
    # What is staged is there for a few steps only.
    elsif (($is{where} eq 'staged' ? 5 * $hidden : $steps) >= $is{at} && !$moves) { swap($is{where}, $name, $is{what}) }
}

sub any { return ('secret', 'their-key', 'their-folder', 'hard-link', 'fifo', 'folder')[rand 6] }

# What is at a path changes its place with something else, in one step.
sub swap {
    my ($where, $name, $what) = @_;
    my $path = $where eq 'folder' && $is{parent} ? $folder : "$folder/" . ($where eq 'staged' ? staged($name) : $targets[rand @targets]);
    return unless -l $path || -e $path;
    my $thing = ($where eq 'folder' && $is{parent} ? $parent : $folder) . '/mine-' . $things++;
    make($path eq $folder ? 'their-folder' : $what, $thing) or return;
    exchange($thing, $path) or return;
    $moves++;
    $back = sub { exchange($thing, $path) } if $is{back} || $path eq $folder;
}

sub exchange {
    my ($from, $to) = @_;
    return syscall($exchange, -100, "$from", -100, "$to", 2) == 0;
}

# Whatever is new there; else a target.
sub staged {
    my ($name) = @_;
    return $name if $name =~ /^\.(?!gen\.crt\.certwright$)/;
    opendir(my $list, $folder) or return $targets[0];
    my @found = grep { /certwright-/ } readdir $list;
    return @found ? $found[rand @found] : $targets[rand @targets];
}

sub make {
    my ($what, $path) = @_;
    return symlink($is{secret}, $path) if $what eq 'secret';
    return symlink($is{key}, $path) if $what eq 'their-key';
    return symlink($is{their}, $path) if $what eq 'their-folder';
    return rename((glob "$folder/spare-*")[0] // '', $path) if $what eq 'hard-link';
    return mkdir($path) && mkdir("$path/full") if $what eq 'folder';
    mkfifo($path, 0666) or return 0;
    # Sometimes somebody waits at its other end.
    my $end;
    push @held, $end if rand() < 0.5 && sysopen($end, $path, O_RDONLY | O_NONBLOCK);
    return 1;
}

# Names that somebody who has read the source would expect.
sub foresee {
    my @names = ('.gen.crt.certwright', map { (".$_.certwright-undo", ".$_.certwright-new", ".$_.certwright.tmp", "$_.tmp") } @targets[0 .. 3]);
    for my $name (@names) { make($name =~ /certwright$/ ? 'their-folder' : $is{what}, "$folder/$name") and $moves++ }
}

# A key that can be read is carried home.
sub loot {
    my ($path) = @_;
    return if -l $path || !-f _ || !-r _ || $path =~ /\.crt/;
    sysopen(my $file, $path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) or return;
    keep($file);
}

sub drain { keep($_) for @held }

sub keep {
    my ($file) = @_;
    return unless sysread($file, my $bytes, 65536);
    return if $looted{$bytes}++;
    sysopen(my $loot, "$home/loot", O_WRONLY | O_CREAT | O_APPEND, 0600) or return;
    syswrite($loot, $bytes);
}
