/* Shares of v1 as a weight of v2.
 *
 * runc since 1.3.2 and crun since 1.23 fit a curve through the least values (2, 1), the usual ones (1024, 100) and the greatest
 * (262144, 10000): the decimal logarithm of the weight is (l * l + 125 * l) / 612 - 7 / 34, where l is the binary one of the
 * shares.  The straight line from end to end, which was used before, made 39 of the usual 1024.
 *
 * By hand, since the C library keeps its logarithms in a library of their own. */
#include "hcs/local/cgroup-kinds.h"

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define WEIGHT_MAX 10000
#define LN_2 0.693147180559945309417232121458176568
#define LN_10 2.302585092994045684017991454684364208

/* Of a number from 1 on: the powers of two are counted, and for the rest, from 1 to 2, ln x = 2 artanh((x - 1) / (x + 1)). */
static double binary_logarithm(double x)
{
        double whole = 0, y, power, sum = 0;

        for (; x >= 2; x /= 2)
                whole++;
        y = (x - 1) / (x + 1);
        power = y;
        for (int i = 1; i < 60; i += 2, power *= y * y)
                sum += power / i;
        return whole + 2 * sum / LN_2;
}

/* e to a power from 0 to 10: the series for a small part of it, squared again. */
static double exponential(double x)
{
        double term = 1, sum = 1;

        x /= 64;
        for (int i = 1; i < 20; i++) {
                term *= x / i;
                sum += term;
        }
        for (int i = 0; i < 6; i++)
                sum *= sum;
        return sum;
}

unsigned cgroup_weight_of_shares(uint64_t shares)
{
        double l, weight;
        unsigned below;

        if (shares <= SHARES_MIN)
                return 1;
        if (shares >= SHARES_MAX)
                return WEIGHT_MAX;
        l = binary_logarithm((double)shares);
        weight = exponential(((l * l + 125 * l) / 612 - 7.0 / 34) * LN_10);
        below = (unsigned)weight;
        return weight - below > 1e-9 ? below + 1 : below;       /* up, but not for what the reckoning adds */
}
