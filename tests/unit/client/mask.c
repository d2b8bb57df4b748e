/* What a log may not show. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "hcs/client/operation.h"

static void expect_masked(const char *document, const char *masked)
{
        _cleanup_(text_done) struct text out = { 0 };

        hcs_mask_document(document, &out);
        cr_expect(eq(str, out.data, (char *)masked));
}

static void expect_as_it_is(const char *document)
{
        expect_masked(document, document);
}

Test(client_mask, values_of_environments_go_their_names_stay)
{
        expect_masked("{\"process\":{\"env\":[\"PATH=/bin\",\"X=\",\"Y\",\"A=b=c\",7]}}",
                      "{\"process\":{\"env\":[\"PATH=***\",\"X=***\",\"***\",\"A=***\",7]}}");
        expect_masked("{\"Environment\":{\"PATH\":\"C:\\\\\",\"N\":\"\"}}",
                      "{\"Environment\":{\"PATH\":\"***\",\"N\":\"***\"}}");
        expect_masked("{\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"env\":[\"K=v\"]}]}}",
                      "{\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"env\":[\"K=***\"]}]}}");
}

Test(client_mask, members_that_sound_like_credentials_are_hidden_whole)
{
        expect_masked("{\"Password\":\"p\",\"api_key\":\"k\",\"X-Auth-Token\":\"t\",\"Credentials\":{\"a\":[\"b\",{"
                      "\"c\":\"d\"}]}}",
                      "{\"Password\":\"***\",\"api_key\":\"***\",\"X-Auth-Token\":\"***\",\"Credentials\":{\"a\":[\"***"
                      "\",{\"c\":"
                      "\"***\"}]}}");
        expect_masked("{\"annotations\":{\"org.example.secret-key\":\"s\",\"org.example.name\":\"n\"}}",
                      "{\"annotations\":{\"org.example.secret-key\":\"***\",\"org.example.name\":\"n\"}}");
        expect_as_it_is("{\"RestrictedToken\":true,\"User\":\"me\"}");
}

Test(client_mask, options_lose_their_secret_values)
{
        expect_masked("{\"args\":[\"tool\",\"--password=p\",\"--user\",\"u\",\"--token\",\"t\",\"rest\"]}",
                      "{\"args\":[\"tool\",\"--password=***\",\"--user\",\"u\",\"--token\",\"***\",\"rest\"]}");
        expect_masked("{\"options\":[\"rw\",\"username=u,password=p,vers=3\"]}",
                      "{\"options\":[\"rw\",\"username=u,password=***,vers=3\"]}");
        expect_masked("{\"CommandLine\":\"tool /user:u --password p -x \\\"a b\\\" /passwd:q\"}",
                      "{\"CommandLine\":\"tool /user:u --password *** -x \\\"a b\\\" /passwd:***\"}");
        expect_masked("{\"CommandLine\":\"tool --secret=\\\"a b c\\\" d\"}",
                      "{\"CommandLine\":\"tool --secret=*** d\"}");
        expect_masked("{\"args\":[\"sh\",\"-c\",\"API_KEY=1 run\"]}", "{\"args\":[\"sh\",\"-c\",\"API_KEY=*** run\"]}");
        expect_masked("{\"args\":[\"curl\",\"-H\",\"Authorization: Bearer a b\"]}",
                      "{\"args\":[\"curl\",\"-H\",\"Authorization:***\"]}");
}

Test(client_mask, addresses_lose_their_user_part)
{
        expect_masked("{\"args\":[\"git\",\"https://me:pw@example.org/x?token=abc&y=1\"]}",
                      "{\"args\":[\"git\",\"https://***@example.org/x?token=***&y=1\"]}");
        expect_as_it_is("{\"args\":[\"https://example.org/a@b\",\"user@host:/x\"]}");
}

Test(client_mask, what_is_no_secret_stays_as_it_is)
{
        expect_as_it_is("{\"a\":[1,-2.5e3,true,null,\"text\",{\"b\":\"/usr/bin\"}],\"c\":\"\",\"d\":{},\"e\":[]}");
        expect_as_it_is("{\"args\":[\"--\",\"-\",\"=\",\":\",\"a=b\",\"--x=y z\",\" , \"]}");
        expect_as_it_is("{\"u\":\"\xc3\xa9 \xf0\x9f\x8f\x96\"}");
        expect_as_it_is("\"just a text\"");
}

Test(client_mask, what_is_not_json_is_not_shown)
{
        expect_masked("password=hunter2", "(16 bytes that are not JSON)");
        expect_masked("", "(0 bytes that are not JSON)");
}
