/* Stands in for python.exe: tells how it was started, and ends with the code that EXIT_CODE names. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char *home = getenv("PYTHONHOME"), *code = getenv("EXIT_CODE");
    for (int index = 0; index < argc; index++)
        printf("%s\n", argv[index]);
    printf("PYTHONHOME=%s\nPATH=%s\n", home ? home : "", getenv("PATH"));
    return code ? atoi(code) : 0;
}
