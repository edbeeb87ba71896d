# bash completion for gpulaunch
_gpulaunch_value() {
    case $1 in
    --nproc | --nproc-per-node | -n) COMPREPLY=($(compgen -W "gpu auto cpu" -- "$cur")) ;;
    --wrap) : ;;
    --wrap-ranks) : ;;
    --devices) COMPREPLY=($(compgen -W "all isolate none" -- "$cur")) ;;
    --bind | --numa-binding) COMPREPLY=($(compgen -W "none" -- "$cur")) ;;
    --env) : ;;
    --env-file) COMPREPLY=($(compgen -f -- "$cur")) ;;
    --keep-env) : ;;
    --compat) COMPREPLY=($(compgen -W "jax mpi horovod slurm tf" -- "$cur")) ;;
    --chdir) COMPREPLY=($(compgen -d -- "$cur")) ;;
    --label) COMPREPLY=($(compgen -W "auto always never" -- "$cur")) ;;
    --label-format) : ;;
    --log-line-prefix-template) : ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$cur")) ;;
    --stdio) COMPREPLY=($(compgen -W "relay inherit" -- "$cur")) ;;
    --stdin) COMPREPLY=($(compgen -W "auto none all" -- "$cur")) ;;
    --local-ranks-filter) : ;;
    --log) COMPREPLY=($(compgen -f -- "$cur")) ;;
    --log-dir) COMPREPLY=($(compgen -d -- "$cur")) ;;
    --redirects | -r) : ;;
    --tee | -t) : ;;
    --duplicate-stdout-filters) : ;;
    --duplicate-stderr-filters) : ;;
    --on-failure) COMPREPLY=($(compgen -W "kill continue" -- "$cur")) ;;
    --timeout) : ;;
    --hang-timeout) : ;;
    --progress-regex) : ;;
    --dump-on) : ;;
    --max-restarts) : ;;
    --restart-delay) : ;;
    --grace | --shutdown-timeout) : ;;
    --stop-grace) : ;;
    --linger) : ;;
    --unkillable-timeout) : ;;
    --max-procs) : ;;
    --isolate) COMPREPLY=($(compgen -W "none pid" -- "$cur")) ;;
    --signal-scope) COMPREPLY=($(compgen -W "auto leader group" -- "$cur")) ;;
    --on-signal) COMPREPLY=($(compgen -W "stop ignore" -- "$cur")) ;;
    --signals-to-handle) : ;;
    --events) COMPREPLY=($(compgen -f -- "$cur")) ;;
    --junit) COMPREPLY=($(compgen -f -- "$cur")) ;;
    --diagnosis) COMPREPLY=($(compgen -W "on off" -- "$cur")) ;;
    --signatures) COMPREPLY=($(compgen -f -- "$cur")) ;;
    --nnodes) : ;;
    --node-rank) : ;;
    --master-addr) : ;;
    --master-port) : ;;
    --local-addr) : ;;
    --role) : ;;
    --rdzv-id) : ;;
    --rdzv-backend) COMPREPLY=($(compgen -W "static c10d" -- "$cur")) ;;
    --rdzv-endpoint) : ;;
    --rdzv-conf) : ;;
    --monitor-interval) : ;;
    --exit-barrier-timeout) : ;;
    --start-method) COMPREPLY=($(compgen -W "spawn" -- "$cur")) ;;
    --event-log-handler) : ;;
    --logs-specs) COMPREPLY=($(compgen -W "default" -- "$cur")) ;;
    --config) COMPREPLY=($(compgen -f -- "$cur")) ;;
    --print-completion) COMPREPLY=($(compgen -W "bash zsh fish tcsh" -- "$cur")) ;;
    *) return 1 ;;
    esac
}

_gpulaunch_explain() {
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "--signatures --json --help -h" -- "$cur"))
    else
        [[ $cur == "=" ]] && cur=
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}

_gpulaunch() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} first=1 i word
    local valued=" --nproc --nproc-per-node -n --wrap --wrap-ranks --devices --bind --numa-binding --env --env-file --keep-env --compat --chdir --label --label-format --log-line-prefix-template --color --stdio --stdin --local-ranks-filter --log --log-dir --redirects -r --tee -t --duplicate-stdout-filters --duplicate-stderr-filters --on-failure --timeout --hang-timeout --progress-regex --dump-on --max-restarts --restart-delay --grace --shutdown-timeout --stop-grace --linger --unkillable-timeout --max-procs --isolate --signal-scope --on-signal --signals-to-handle --events --junit --diagnosis --signatures --nnodes --node-rank --master-addr --master-port --local-addr --role --rdzv-id --rdzv-backend --rdzv-endpoint --rdzv-conf --monitor-interval --exit-barrier-timeout --start-method --event-log-handler --logs-specs --config --print-completion "
    COMPREPLY=()
    if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
        explain)
            _gpulaunch_explain
            return
            ;;
        guard) first=2 ;;
        esac
    fi
    for ((i = first; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -- ]]; then
            ((i++))
            break
        elif [[ $word != -* ]]; then
            break
        elif [[ ${COMP_WORDS[i+1]} == "=" ]]; then
            ((i += 2))
        elif [[ $valued == *" $word "* ]]; then
            ((i++))
        fi
    done
    if ((i < COMP_CWORD)); then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        else
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        return
    fi
    if [[ $cur == "=" ]]; then
        cur=
    elif [[ $prev == "=" ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    _gpulaunch_value "$prev" && return
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "--nproc --nproc-per-node -n --module -m --no-python --run-path --local-rank-arg --expand --wrap --wrap-ranks --oversubscribe --devices --virtual-local-rank --bind --numa-binding --env --env-file --keep-env --compat --chdir --label --label-format --log-line-prefix-template --timestamps --color --stdio --stdin --pty --collapse --local-ranks-filter --log --log-dir --redirects -r --tee -t --duplicate-stdout-filters --duplicate-stderr-filters --on-failure --timeout --hang-timeout --progress-regex --dump-on --max-restarts --restart-delay --grace --shutdown-timeout --stop-grace --linger --unkillable-timeout --max-procs --die-with-parent --isolate --signal-scope --on-signal --signals-to-handle --dry-run --events --events-output --junit --diagnosis --signatures --standalone --nnodes --node-rank --master-addr --master-port --local-addr --role --rdzv-id --rdzv-backend --rdzv-endpoint --rdzv-conf --monitor-interval --exit-barrier-timeout --start-method --event-log-handler --logs-specs --use-env --help -h --version -V --config --verbose -v --quiet -q --print-completion" -- "$cur"))
    elif ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "guard explain" -c -f -- "$cur"))
    else
        COMPREPLY=($(compgen -c -f -- "$cur"))
    fi
}
complete -o filenames -o bashdefault -F _gpulaunch gpulaunch
