/* version.h - which synfin this is: said by --version and doctor, and in every result.
 */
#ifndef SYNFIN_BASE_VERSION_H
#define SYNFIN_BASE_VERSION_H

#define SYNFIN_VERSION "0.1"

#endif
