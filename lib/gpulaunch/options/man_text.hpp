// The parts of the manual page that are not made from the options: roff (man(7)) as it is printed.
#pragma once

#include <string_view>

namespace gpulaunch::man_text {

// The day of the last change to the page's own text or to an option's.
inline constexpr std::string_view date = "2026-11-23";

inline constexpr std::string_view before_options = R"(.SH NAME
gpulaunch \- start, watch and end a job of several processes on one machine
.SH SYNOPSIS
.B gpulaunch
.RI [ options ]
.I PROGRAM
.RI [ args ...]
.br
.B gpulaunch guard
.RI [ options ]
.I COMMAND
.RI [ args ...]
.br
.B gpulaunch explain
.RB [ \-\-signatures
.IR FILE ]
.RB [ \-\-json ]
.IR FILE ...
.SH DESCRIPTION
.B gpulaunch
starts
.I PROGRAM
as one or more ranks: processes that learn from their environment who they are
.RB ( RANK ,
.BR LOCAL_RANK ,
.BR WORLD_SIZE )
and where they meet
.RB ( MASTER_ADDR ,
.BR MASTER_PORT ).
It relays their output line by line, ends all of them when one fails, says which one failed first and how, and leaves no
process behind.
.PP
Options stop at the first word that is none, or after
.BR \-\- ;
everything from
.I PROGRAM
on reaches the ranks byte for byte.
A
.I PROGRAM
that ends in
.I .py
runs as
.B $PYTHON_EXEC
(or
.BR python3 )
with
.BR \-u ;
anything else is executed as it is.
No shell is involved.
.PP
All flags of
.BR torchrun (1)
that make sense on one machine are accepted, with dashes or underscores and with their
.B PET_*
variables.
Called through a link named
.BR torchrun ,
the program keeps torchrun's ways: every
.I PROGRAM
runs under Python unless
.B \-\-no\-python
is given, the grace period is 30 seconds,
.B OMP_NUM_THREADS
is 1, and output has no labels.
.PP
.B gpulaunch guard
runs one
.I COMMAND
as it is: on the descriptors of the caller, with nothing added to its environment.
Signals go to that process alone; its exit status is returned; when it has ended, or the launcher was ended, even by
SIGKILL, nothing of what it started is left.
Options about time limits, signals, restarts and reports apply.
.PP
.B gpulaunch explain
reads saved logs of any launcher and says which rank failed first, why, and what to do.
Who wrote a line is told from the usual prefixes (torchrun, srun \-l, mpirun, DeepSpeed, Ray, kubectl, its own) or from
the names of files, one for each rank; how ranks ended, from what their launcher printed.
.I FILE
may be a folder of logs;
.B \-
is standard input.
.B \-\-signatures
adds known failures from a TOML file,
.B \-\-json
prints one JSON object.
It exits 0 when something was explained, 1 when nothing was found, 2 when a file cannot be read.
.PP
Long options may be cut short as long as they stay unambiguous.
A flag may be switched off again with
.BR =false .
Of repeated options the last one counts.
Values come from the command line, else from a
.B PET_*
variable, else from the file that
.B \-\-config
names, else they are the default.
Durations are written
.BR 500ms ,
.BR 10s ,
.BR 2m ,
.BR 1h30m ;
a bare number is seconds.
.SH OPTIONS
)";

inline constexpr std::string_view after_options = R"(.SH ENVIRONMENT
Every rank gets:
.TP
.BR RANK ", " LOCAL_RANK ", " WORLD_SIZE ", " LOCAL_WORLD_SIZE
Its number in the job and on this machine, and how many there are.
.TP
.BR GROUP_RANK ", " GROUP_WORLD_SIZE ", " NODE_RANK
The number of the node, and of nodes.
.TP
.BR ROLE_NAME ", " ROLE_RANK ", " ROLE_WORLD_SIZE
See
.BR \-\-role .
.TP
.BR MASTER_ADDR ", " MASTER_PORT
Where ranks meet; the port is reserved for the whole job.
.TP
.BR TORCHELASTIC_RUN_ID ", " TORCHELASTIC_RESTART_COUNT ", " TORCHELASTIC_MAX_RESTARTS ", " TORCHELASTIC_ERROR_FILE
As torchrun sets them;
.B TORCHELASTIC_USE_AGENT_STORE
is
.BR False .
.TP
.BR OMP_NUM_THREADS ", " PYTHONUNBUFFERED ", " PYTHONFAULTHANDLER ", " NCCL_DEBUG
Set with more than one rank, where they are unset.
.TP
.B GPULAUNCH_HEARTBEAT_FD
With
.BR \-\-hang\-timeout :
the number of a descriptor to which a rank may write a byte whenever it gets on, if it prints little.
It never blocks, and a write that fails for lack of room
.RB ( EAGAIN )
is as good as one that is heard.
.TP
.B NCCL_RAS_ADDR
With
.B \-\-hang\-timeout
or
.BR \-\-dump\-on ,
where it is unset: a port of the job's own at which NCCL answers questions about its state.
.PP
Variables by which an outer launcher tells a process who it is are removed; see
.BR \-\-keep\-env .
.PP
The launcher itself reads:
.TP
.B PYTHON_EXEC
The Python interpreter for scripts.
.TP
.B CUDA_VISIBLE_DEVICES
The pool of GPUs for the job; empty for none.
.TP
.B NO_COLOR
When set and not empty, labels have no colour.
.TP
.B PET_*
Defaults of options; each is named with its option.
.SH EXIT STATUS
.TP
.B 0
Every rank exited 0.
.TP
.IR n ", " 128+s
The first rank that failed on its own exited
.IR n ,
or died by signal
.IR s .
.TP
.B 2
Usage: nothing was started.
.TP
.B 93
The job is not worth requeueing: three attempts in a row failed without progress.
That is judged where
.B \-\-progress\-regex
is given or a rank has ever written to
.BR GPULAUNCH_HEARTBEAT_FD ;
an attempt made progress when a rank did so again, or when its last match differs from that of the attempt before.
.TP
.B 124
.B \-\-timeout
was over, or no rank showed progress within
.BR \-\-hang\-timeout .
.TP
.B 125
The launcher failed: a process could not be started, a port was taken, something could not be killed.
Or it stopped a job that started processes without end
.RB ( \-\-max\-procs ).
.TP
.B 126
The program cannot be executed.
.TP
.B 127
The program was not found.
.TP
.I 128+s
The launcher was told to stop by signal
.IR s ,
also when every rank then exited 0.
.SH SIGNALS
.TP
.BR SIGINT ", " SIGTERM ", " SIGHUP ", " SIGQUIT
are passed on to the ranks, which get the grace period to end.
A second
.B SIGINT
kills them at once; a second
.B SIGTERM
does not.
.TP
.BR SIGUSR1 ", " SIGUSR2
are passed on, and the job goes on.
.TP
.BR SIGTSTP ", " SIGCONT
stop and continue the whole job.
.PP
.B \-\-on\-signal
changes what a signal does.
.SH FILES
.TP
.I $XDG_RUNTIME_DIR
Error files of the ranks live in a private folder here (else in $TMPDIR, /dev/shm or /tmp), which is removed at the end.
.TP
.IR DIR / ID _ RANDOM /attempt_ N / LOCAL_RANK /
With
.B \-\-log\-dir
.IR DIR :
.IR stdout.log ,
.I stderr.log
and
.I error.json
of each rank; beside these folders
.IR inspection.txt ,
what was seen of ranks that did not get on.
.SH EXAMPLES
Four ranks of a Python script:
.PP
.RS
.nf
gpulaunch \-n 4 train.py \-\-lr 0.1
.fi
.RE
.PP
One rank for each GPU, each seeing its own alone, everything kept in one file:
.PP
.RS
.nf
gpulaunch \-n gpu \-\-devices isolate \-\-log job.log ./train
.fi
.RE
.PP
Profile rank 0:
.PP
.RS
.nf
gpulaunch \-n 4 \-\-wrap \(aqnsys profile \-o r{rank}\(aq \-\-wrap\-ranks 0 train.py
.fi
.RE
.PP
Options from a file,
.IR job.toml :
.PP
.RS
.nf
nproc = 4
grace = "30s"
log\-dir = "logs"
tee = 3
[env]
NCCL_DEBUG = "INFO"
.fi
.RE
.PP
.RS
.nf
gpulaunch \-\-config job.toml train.py
.fi
.RE
.SH SEE ALSO
.BR mpirun (1),
.BR srun (1),
.BR timeout (1)
)";

}  // namespace gpulaunch::man_text
