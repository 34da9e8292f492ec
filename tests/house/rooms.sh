# The rooms and who may use whom, for the checks of this folder: sourced, with the root of the source as working folder.

# Each may use those before it.
compiler_rooms="base diagnostics syntax model transform integer hardware backend report driver"

# room_of FILE: compiler/model/scope.c is of model, runtime/data/csv.c of runtime/data, everything else there of runtime.
room_of() {
    case $1 in
    compiler/*) room=${1#compiler/} && echo "${room%%/*}" ;;
    runtime/numeric/* | runtime/quantizers/*) echo runtime/numeric ;;
    runtime/data/*) echo runtime/data ;;
    *) echo runtime ;;
    esac
}

# may_use FROM TO: whether files of one room may include headers of another and call what it defines. The runtime uses
# nothing of the compiler; of the runtime the compiler's rooms from model on take numeric, and the driver also data.
may_use() {
    [ "$1" != "$2" ] || return 0
    case $2 in
    runtime/numeric) case $1 in base | diagnostics | syntax) return 1 ;; *) return 0 ;; esac ;;
    runtime/data) case $1 in runtime | driver) return 0 ;; *) return 1 ;; esac ;;
    runtime) return 1 ;;
    esac
    for candidate in $compiler_rooms; do
        [ "$candidate" != "$2" ] || break
        [ "$candidate" != "$1" ] || return 1
    done
    case $1 in runtime*) return 1 ;; *) return 0 ;; esac
}
