# Fenced blocks of a markdown page, one file each: awk -v kind=qnn -v prefix=OUT/page- -f fences.awk PAGE.md
# writes OUT/page-LINE.qnn for every block that begins with ```qnn, LINE being the line of its fence.
/^```/ {
    if (inside) {
        inside = 0
        if (file)
            close(file)
    } else {
        inside = 1
        file = $0 == "```" kind ? prefix sprintf("%04d", NR) "." kind : ""
        if (file)
            printf "" >file
    }
    next
}
inside && file { print >file }
