/* The record in its directory, by descriptor: a name may lead elsewhere by now. */
#include <fcntl.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "src/lib/record.h"

int sandbox_record_write(int directory, const struct sandbox_record *record, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r = sandbox_record_print(record, &text, err);

        return r < 0 ? r : io_replace_at(directory, SANDBOX_RECORD_NAME, text.data, text.length, 0600, err);
}

int sandbox_record_read(int directory, struct arena *arena, struct sandbox_record *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        r = io_look_for(directory, SANDBOX_RECORD_NAME, err);
        if (r == IO_ABSENT)
                return SANDBOX_NO_RECORD;
        if (r >= 0)
                r = io_read_file_at(directory, SANDBOX_RECORD_NAME, SANDBOX_RECORD_MAX, &text, err);
        return r < 0 ? error_wrap(err, "the record " SANDBOX_RECORD_NAME) : sandbox_record_parse(&text, arena, ret, err);
}
