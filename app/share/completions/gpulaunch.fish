# fish completion for gpulaunch
function __gpulaunch_program
    set -l valued --nproc --nproc-per-node -n --wrap --wrap-ranks --devices --bind --numa-binding --env --env-file --keep-env --compat --chdir --label --label-format --log-line-prefix-template --color --stdio --stdin --local-ranks-filter --log --log-dir --redirects -r --tee -t --duplicate-stdout-filters --duplicate-stderr-filters --on-failure --timeout --hang-timeout --progress-regex --dump-on --max-restarts --restart-delay --grace --shutdown-timeout --stop-grace --linger --unkillable-timeout --max-procs --isolate --signal-scope --on-signal --signals-to-handle --events --junit --diagnosis --signatures --nnodes --node-rank --master-addr --master-port --local-addr --role --rdzv-id --rdzv-backend --rdzv-endpoint --rdzv-conf --monitor-interval --exit-barrier-timeout --start-method --event-log-handler --logs-specs --config --print-completion
    set -l words (commandline -opc)
    set -l skip 1
    for i in (seq (count $words))
        if test $skip = 1
            set skip 0
            continue
        end
        switch $words[$i]
            case --
                test (count $words) -gt $i; and math $i + 1; and return 0
                return 1
            case '--*=*'
            case '-*'
                contains -- $words[$i] $valued; and set skip 1
            case '*'
                test $i = 2; and test $words[2] = guard; and continue
                echo $i
                return 0
        end
    end
    return 1
end
function __gpulaunch_before_program
    not __gpulaunch_program >/dev/null
end
function __gpulaunch_at_verb
    test (count (commandline -opc)) -eq 1
end
function __gpulaunch_explains
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = explain
end
function __gpulaunch_after_program
    not __gpulaunch_explains; and not __gpulaunch_before_program
end
function __gpulaunch_arguments
    set -l first (__gpulaunch_program); or return
    set -l words (commandline -opc) (commandline -ct)
    complete -C (string join -- ' ' (string escape -- $words[$first..-1]))
end

complete -c gpulaunch -f
complete -c gpulaunch -n __gpulaunch_before_program -F -a '(__fish_complete_command)'
complete -c gpulaunch -n __gpulaunch_after_program -a '(__gpulaunch_arguments)'
complete -c gpulaunch -n __gpulaunch_explains -F
complete -c gpulaunch -n __gpulaunch_at_verb -a guard -d 'Start and supervise one command as it is'
complete -c gpulaunch -n __gpulaunch_at_verb -a explain -d 'Say from saved logs why a job failed'
complete -c gpulaunch -n __gpulaunch_explains -l signatures -r -F -d 'Know the failures in this TOML file as well'
complete -c gpulaunch -n __gpulaunch_explains -l json -d 'Print one JSON object'
complete -c gpulaunch -n __gpulaunch_explains -l help -d 'Show this help and exit'
complete -c gpulaunch -n __gpulaunch_explains -s h -d 'Show this help and exit'
complete -c gpulaunch -n __gpulaunch_before_program -s n -l nproc -l nproc-per-node -x -a 'gpu auto cpu' -d 'How many ranks to start'
complete -c gpulaunch -n __gpulaunch_before_program -s m -l module -d 'PROGRAM is a Python module, as in \'python -m\''
complete -c gpulaunch -n __gpulaunch_before_program -l no-python -d 'Execute PROGRAM as it is, also when it ends in .py'
complete -c gpulaunch -n __gpulaunch_before_program -l run-path -d 'PROGRAM is a Python script, whatever it ends in'
complete -c gpulaunch -n __gpulaunch_before_program -l local-rank-arg -d 'Append --local-rank=N to the program\'s arguments'
complete -c gpulaunch -n __gpulaunch_before_program -l expand -d 'Replace {rank} {local_rank} {host} in the program\'s arguments'
complete -c gpulaunch -n __gpulaunch_before_program -l wrap -x -d 'Put a profiler or debugger before the program'
complete -c gpulaunch -n __gpulaunch_before_program -l wrap-ranks -x -d 'Wrap these ranks alone, such as 0,4-7'
complete -c gpulaunch -n __gpulaunch_before_program -l oversubscribe -d 'Allow more ranks than GPUs'
complete -c gpulaunch -n __gpulaunch_before_program -l devices -x -a 'all isolate none' -d 'Which GPUs a rank sees'
complete -c gpulaunch -n __gpulaunch_before_program -l virtual-local-rank -d 'Every rank sees one GPU and LOCAL_RANK=0'
complete -c gpulaunch -n __gpulaunch_before_program -l bind -l numa-binding -x -a 'none' -d 'Which CPUs a rank may run on'
complete -c gpulaunch -n __gpulaunch_before_program -l env -x -d 'Set a variable for the ranks'
complete -c gpulaunch -n __gpulaunch_before_program -l env-file -r -F -d 'Set variables from the NAME=VALUE lines of a file'
complete -c gpulaunch -n __gpulaunch_before_program -l keep-env -x -d 'Keep these variables of an outer launcher'
complete -c gpulaunch -n __gpulaunch_before_program -l compat -x -a 'jax mpi horovod slurm tf' -d 'Set another family of rank variables as well'
complete -c gpulaunch -n __gpulaunch_before_program -l chdir -x -a '(__fish_complete_directories)' -d 'Start the ranks in this folder'
complete -c gpulaunch -n __gpulaunch_before_program -l label -x -a 'auto always never' -d 'Put the rank before each line of output'
complete -c gpulaunch -n __gpulaunch_before_program -l label-format -x -d 'What to put there'
complete -c gpulaunch -n __gpulaunch_before_program -l log-line-prefix-template -x -d 'The same with torchrun\'s placeholders'
complete -c gpulaunch -n __gpulaunch_before_program -l timestamps -d 'Put the time before each line of output'
complete -c gpulaunch -n __gpulaunch_before_program -l color -x -a 'auto always never' -d 'Colour the labels'
complete -c gpulaunch -n __gpulaunch_before_program -l stdio -x -a 'relay inherit' -d 'How output reaches the console'
complete -c gpulaunch -n __gpulaunch_before_program -l stdin -x -a 'auto none all' -d 'Which rank reads standard input'
complete -c gpulaunch -n __gpulaunch_before_program -l pty -d 'Give each rank a terminal of its own, so that progress bars draw'
complete -c gpulaunch -n __gpulaunch_before_program -l collapse -d 'Show a line that many ranks print alike only once'
complete -c gpulaunch -n __gpulaunch_before_program -l local-ranks-filter -x -d 'Show these ranks alone on the console, such as 0,4-7'
complete -c gpulaunch -n __gpulaunch_before_program -l log -r -F -d 'Write everything to a file as well, merged and labelled'
complete -c gpulaunch -n __gpulaunch_before_program -l log-dir -x -a '(__fish_complete_directories)' -d 'Keep files of each rank below this folder'
complete -c gpulaunch -n __gpulaunch_before_program -s r -l redirects -x -d 'Write streams to files in --log-dir, not to the console'
complete -c gpulaunch -n __gpulaunch_before_program -s t -l tee -x -d 'Write streams to files in --log-dir and to the console'
complete -c gpulaunch -n __gpulaunch_before_program -l duplicate-stdout-filters -x -d 'Also write lines of stdout that hold one of these texts to filtered_stdout.log'
complete -c gpulaunch -n __gpulaunch_before_program -l duplicate-stderr-filters -x -d 'The same for stderr, to filtered_stderr.log'
complete -c gpulaunch -n __gpulaunch_before_program -l on-failure -x -a 'kill continue' -d 'What happens to the others when a rank fails'
complete -c gpulaunch -n __gpulaunch_before_program -l timeout -x -d 'End the job after this time, restarts included; 0 for no limit'
complete -c gpulaunch -n __gpulaunch_before_program -l hang-timeout -x -d 'End a job of which no rank has shown progress for this long; 0 for no limit'
complete -c gpulaunch -n __gpulaunch_before_program -l progress-regex -x -d 'Only a line in which this matches shows progress'
complete -c gpulaunch -n __gpulaunch_before_program -l dump-on -x -d 'Show what all ranks are doing when this signal comes, and go on'
complete -c gpulaunch -n __gpulaunch_before_program -l max-restarts -x -d 'Start all ranks again after a failure, at most N times'
complete -c gpulaunch -n __gpulaunch_before_program -l restart-delay -x -d 'Wait this long before the first restart'
complete -c gpulaunch -n __gpulaunch_before_program -l grace -l shutdown-timeout -x -d 'After a failure, time between SIGTERM and SIGKILL of the other ranks'
complete -c gpulaunch -n __gpulaunch_before_program -l stop-grace -x -d 'The same after a signal from outside'
complete -c gpulaunch -n __gpulaunch_before_program -l linger -x -d 'Time that the children of a dead rank get to clean up before SIGKILL'
complete -c gpulaunch -n __gpulaunch_before_program -l unkillable-timeout -x -d 'How long to wait for processes that SIGKILL does not end'
complete -c gpulaunch -n __gpulaunch_before_program -l max-procs -x -d 'Stop the job when a rank has more than N processes at once; 0 for no guard'
complete -c gpulaunch -n __gpulaunch_before_program -l die-with-parent -d 'End the job when the process that started gpulaunch ends'
complete -c gpulaunch -n __gpulaunch_before_program -l isolate -x -a 'none pid' -d 'Run the job in a pid namespace of its own'
complete -c gpulaunch -n __gpulaunch_before_program -l signal-scope -x -a 'auto leader group' -d 'Who of a rank gets a signal that is passed on'
complete -c gpulaunch -n __gpulaunch_before_program -l on-signal -x -a 'stop ignore' -d 'What a signal to the launcher does'
complete -c gpulaunch -n __gpulaunch_before_program -l signals-to-handle -x -d 'Signals that end the job, as torchrun names them'
complete -c gpulaunch -n __gpulaunch_before_program -l dry-run -d 'Print the plan of every rank and start nothing'
complete -c gpulaunch -n __gpulaunch_before_program -l events -r -F -d 'Write what happens to the job as JSON lines'
complete -c gpulaunch -n __gpulaunch_before_program -l events-output -d 'Add every line that a rank prints to the events'
complete -c gpulaunch -n __gpulaunch_before_program -l junit -r -F -d 'Write a JUnit report, one test case for each rank'
complete -c gpulaunch -n __gpulaunch_before_program -l diagnosis -x -a 'on off' -d 'Find out why a job has failed, whose fault it was, and how to mend it'
complete -c gpulaunch -n __gpulaunch_before_program -l signatures -r -F -d 'Recognise the failures that this TOML file describes, too'
complete -c gpulaunch -n __gpulaunch_before_program -l standalone -d 'A job of its own on this node, which is the default'
complete -c gpulaunch -n __gpulaunch_before_program -l nnodes -x -d 'How many nodes; this version runs on one'
complete -c gpulaunch -n __gpulaunch_before_program -l node-rank -x -d 'The rank of this node'
complete -c gpulaunch -n __gpulaunch_before_program -l master-addr -x -d 'MASTER_ADDR of the ranks'
complete -c gpulaunch -n __gpulaunch_before_program -l master-port -x -d 'MASTER_PORT of the ranks'
complete -c gpulaunch -n __gpulaunch_before_program -l local-addr -x -d 'The address of this node; MASTER_ADDR unless --master-addr is given'
complete -c gpulaunch -n __gpulaunch_before_program -l role -x -d 'ROLE_NAME of the ranks'
complete -c gpulaunch -n __gpulaunch_before_program -l rdzv-id -x -d 'The job\'s identity: TORCHELASTIC_RUN_ID, and the name of its log folder'
complete -c gpulaunch -n __gpulaunch_before_program -l rdzv-backend -x -a 'static c10d' -d 'How nodes meet; the same on one node'
complete -c gpulaunch -n __gpulaunch_before_program -l rdzv-endpoint -x -d 'Where nodes meet; a port of this machine becomes MASTER_PORT'
complete -c gpulaunch -n __gpulaunch_before_program -l rdzv-conf -x -d 'Settings of the meeting of nodes; none is needed on one node'
complete -c gpulaunch -n __gpulaunch_before_program -l monitor-interval -x -d 'Accepted for torchrun\'s sake'
complete -c gpulaunch -n __gpulaunch_before_program -l exit-barrier-timeout -x -d 'Accepted for torchrun\'s sake'
complete -c gpulaunch -n __gpulaunch_before_program -l start-method -x -a 'spawn' -d 'Accepted for torchrun\'s sake; fork and forkserver are refused'
complete -c gpulaunch -n __gpulaunch_before_program -l event-log-handler -x -d 'Accepted for torchrun\'s sake; see --events'
complete -c gpulaunch -n __gpulaunch_before_program -l logs-specs -x -a 'default' -d 'Accepted for torchrun\'s sake'
complete -c gpulaunch -n __gpulaunch_before_program -l use-env -d 'Accepted for the sake of torch.distributed.launch; it is always so'
complete -c gpulaunch -n __gpulaunch_before_program -s h -l help -d 'Show help and exit'
complete -c gpulaunch -n __gpulaunch_before_program -s V -l version -d 'Show the version and exit'
complete -c gpulaunch -n __gpulaunch_before_program -l config -r -F -d 'Read options from a TOML file'
complete -c gpulaunch -n __gpulaunch_before_program -s v -l verbose -d 'Say more about what the launcher does'
complete -c gpulaunch -n __gpulaunch_before_program -s q -l quiet -d 'Print no notices'
complete -c gpulaunch -n __gpulaunch_before_program -l print-completion -x -a 'bash zsh fish tcsh' -d 'Print the completions for a shell and exit'
