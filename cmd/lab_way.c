/* Where a run of the lab can take place on this machine: on it, on loopback, or only as it was recorded. */
#include "capture/probe.h"
#include "cmd/lab.h"
#include "report/lessons.h"

/* On loopback there is one capture, and no wire. */
static void make_fit(struct lab_request *request)
{
    struct session_options *o = &request->session;
    o->here = true;
    o->lab.wire = (struct wire_options){ .faults.chance = o->lab.wire.faults.chance };
    o->lab.setting_count = 0;
    request->at[LAB_SERVER] = false;
    request->at[LAB_CLIENT] = true;
}

const struct lesson *lab_recorded(const struct scenario *s)
{
    return recording_find(s->name);
}

enum lab_way lab_way_find(struct lab_request *request, struct error *refused, const char **instead)
{
    *instead = NULL;
    const struct session_options *o = &request->session;
    if (lab_try(refused))
        return LAB_WAY_LAB;
    if (!o->scenario || o->command[LAB_CLIENT] || o->command[LAB_SERVER])
        return LAB_WAY_NONE;
    bool may_capture = probe_opens("lo");
    if (!o->scenario->lab_only && may_capture) {
        *instead = "So this lesson runs on loopback: from 127.0.0.2 to 127.0.0.1, without the wire and its "
                   "faults.";
        make_fit(request);
        return LAB_WAY_HERE;
    }
    if (!lab_recorded(o->scenario))
        return LAB_WAY_NONE;
    if (request->write_to[LAB_CLIENT]) {
        *instead = "Nor can anything be captured, so -w has nothing to keep. Without -w the lesson is shown as it was "
                   "recorded.";
        return LAB_WAY_NONE;
    }
    *instead = may_capture ? "This lesson needs the wire, so it is shown as it was recorded."
                           : "Nor may this user capture on loopback, so the lesson is shown as it was recorded.";
    return LAB_WAY_RECORDED;
}
