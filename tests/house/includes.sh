#!/bin/sh
# Includes go one way: base, diagnostics, syntax, model, integer, hardware, backend, report, driver; the runtime includes
# nothing from the compiler; from the runtime the compiler's rooms take numeric and quantizers, and the driver also data.
set -eu
cd "$1"
status=0
seen=0

complain() {
    echo "$1: includes $2" >&2
    status=1
}

# includes_of FILE: one quoted include a line
includes_of() {
    sed -n 's/^[[:space:]]*#[[:space:]]*include "\([^"]*\)".*/\1/p' "$1"
}

before=
for room in base diagnostics syntax model integer hardware backend report driver; do
    before="$before $room"
    for file in $(find "compiler/$room" -name '*.[chly]' -o -path "compiler/$room/*" -name '*.def' | sort); do
        seen=$((seen + 1))
        for include in $(includes_of "$file"); do
            case $include in
            runtime/numeric/* | runtime/quantizers/*) case $room in base | diagnostics | syntax) complain "$file" "$include" ;; esac ;;
            runtime/data/*) [ "$room" = driver ] || complain "$file" "$include" ;;
            qnn_parser.h | qnn_scanner.h) [ "$room" = syntax ] || complain "$file" "$include" ;;
            */*) case " $before " in *" ${include%%/*} "*) ;; *) complain "$file" "$include" ;; esac ;;
            *) complain "$file" "$include (name its room)" ;;
            esac
        done
    done
done
for file in $(find runtime -name '*.[ch]' | sort); do
    seen=$((seen + 1))
    for include in $(includes_of "$file"); do
        case $include in
        runtime/*) ;;
        *) complain "$file" "$include" ;;
        esac
    done
done
[ "$seen" -gt 50 ] || { echo "only $seen files found: the check looks in the wrong place" >&2; exit 1; }
exit $status
