/*
 * Reads test records from standard input and prints the verdict about each on a line. For the comparison with another
 * implementation; see judge.h.
 */
#include "judge.h"

int main(void) {
    struct record record;
    while (record_read(stdin, &record)) {
        struct question question;
        char verdict[VERDICT_SIZE];
        question_of(&record, &question);
        judge(&question, verdict);
        puts(verdict);
        question_free(&question);
        record_free(&record);
    }
    return ferror(stdin) || fflush(stdout) != 0 ? 1 : 0;
}
