/* scenarios.h - the rows of the table in scenario.c, one file a topic. Internal to traffic/.
 */
#ifndef SYNFIN_TRAFFIC_SCENARIOS_H
#define SYNFIN_TRAFFIC_SCENARIOS_H

#include "traffic/scenario.h"

extern const struct scenario scenario_handshake;

#endif
