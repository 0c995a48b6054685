/* syntax.h - Lua's own messages about a rubric's grammar, with advice where what went wrong is plain.
 */
#ifndef SYNFIN_GRADE_SYNTAX_H
#define SYNFIN_GRADE_SYNTAX_H

#include <lua.h>

#include "grade/grade.h"

/* The message on top of the stack is that of luaL_loadbufferx() over the rubric's text. Where a key of a table begins
 * but a '}' was expected, "is a comma missing" is put behind it; one that names no place gets the rubric's name. */
void syntax_advise(lua_State *lua, const struct rubric *rubric);

#endif
