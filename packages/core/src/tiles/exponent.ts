// Logarithm and exponential to base 2 from + - * / alone: the functions of a math library differ in the last bit from machine to machine.

const scratch = new DataView(new ArrayBuffer(8));

const BIAS = 1023;
const LEAST_NORMAL = 2 ** -1022;
const SQRT_2 = Math.SQRT2;
const TWO_OVER_LN_2 = 2.8853900817779268;
const LN_2 = Math.LN2;

/** log2 of a positive finite number, to about 1e-15 of the larger of 1 and the result. */
export function log2(x: number): number {
  let exponent = 0;
  let mantissa = x;
  if (x < LEAST_NORMAL) {
    mantissa = x * 2 ** 64;
    exponent = -64;
  }
  scratch.setFloat64(0, mantissa);
  const high = scratch.getUint32(0);
  exponent += (high >>> 20) - BIAS;
  scratch.setUint32(0, (high & 0xfffff) | (BIAS << 20));
  mantissa = scratch.getFloat64(0);
  if (mantissa > SQRT_2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  // ln m = 2 atanh s, as a series; |s| is below 0.172.
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let sum = 1 / 23;
  for (let k = 21; k >= 1; k -= 2) {
    sum = sum * z + 1 / k;
  }
  return exponent + s * sum * TWO_OVER_LN_2;
}

/** 1/13!, 1/12!, ... 1/0!: each the double nearest to it. */
const FACTORIALS = [6227020800, 479001600, 39916800, 3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2, 1, 1].map(
  factorial => 1 / factorial,
);

/** 2^x for any x that is not NaN; 0 below 2^-1075 and Infinity from 2^1024 on. */
export function exp2(x: number): number {
  if (x >= 1024) {
    return Number.POSITIVE_INFINITY;
  }
  if (x < -1076) {
    return 0;
  }
  const whole = Math.floor(x + 0.5);
  const t = (x - whole) * LN_2;
  let sum = 0;
  for (const factor of FACTORIALS) {
    sum = sum * t + factor;
  }
  // In two steps, each an exact power of two: one alone may leave the range of a double.
  const half = Math.floor(whole / 2);
  return sum * powerOfTwo(half) * powerOfTwo(whole - half);
}

/** 2^n, for n within the normal numbers. */
function powerOfTwo(n: number): number {
  scratch.setUint32(0, (n + BIAS) << 20);
  scratch.setUint32(4, 0);
  return scratch.getFloat64(0);
}
