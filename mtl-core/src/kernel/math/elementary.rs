//! The algorithms, which are the same in single and double precision.

/// `Σ coefficientsᵢ xⁱ`, by Horner's rule in four interleaved sums: there are fewer steps to wait for than in one.
macro_rules! polynomial {
    ($name:ident, $float:ty) => {
        #[inline(always)]
        pub(super) fn $name<const TERMS: usize>(coefficients: [$float; TERMS], x: $float) -> $float {
            let square = x * x;
            let fourth = square * square;
            let mut sums: [$float; 4] = const { [0.0; 4] };
            repeat!(16: turn < TERMS, {
                let term = TERMS - 1 - turn;
                sums[term % 4] = if term + 4 < TERMS { sums[term % 4] * fourth + coefficients[term] } else { coefficients[term] };
            });
            (sums[0] + sums[1] * x) + (sums[2] + sums[3] * x) * square
        }
    };
}

/// Defines `exp`, `exp_m1`, `ln`, `ln_1p` and `tanh` of a type.
macro_rules! elementary {
    (
        float: $float:ident,
        signed: $signed:ident,
        unsigned: $unsigned:ident,
        mantissa_bits: $mantissa_bits:literal,
        bias: $bias:literal,
        ln_2_high: $ln_2_high:expr,
        ln_2_low: $ln_2_low:expr,
        underflow: $underflow:literal,
        overflow: $overflow:literal,
        exponential_series: $exponential_series:expr,
        logarithm_series: $logarithm_series:expr $(,)?
    ) => {
        use core::$float::consts::{FRAC_1_SQRT_2, LOG2_E};

        /// Adding this to a number of moderate size leaves the nearest whole number in the low bits: `1.5 · 2^mantissa_bits`.
        const ROUND: $float = 1.5 * ((1 as $unsigned) << $mantissa_bits) as $float;
        /// The leading bits of ln 2, few enough that their product with an exponent is exact.
        const LN_2_HIGH: $float = $ln_2_high;
        /// What they lack of ln 2.
        const LN_2_LOW: $float = $ln_2_low;

        polynomial!(polynomial, $float);

        /// A whole number, exactly; `k` is moderate. Unlike a conversion, it is two instructions on every instruction set.
        #[inline(always)]
        fn whole(k: $signed) -> $float {
            $float::from_bits(ROUND.to_bits().wrapping_add_signed(k)) - ROUND
        }

        /// `2ᵏ` for exponents of normal numbers.
        #[inline(always)]
        fn power_of_two(k: $signed) -> $float {
            $float::from_bits((k.wrapping_add($bias) as $unsigned) << $mantissa_bits)
        }

        /// `k` in two halves: `2ᵏ` is the product of the two powers, also where it is denormal or infinite.
        #[inline(always)]
        fn halves(k: $signed) -> ($signed, $signed) {
            // A logical shift of a positive number: vectors have no arithmetic one for 64 bits below AVX-512.
            let half = (k.wrapping_add(4096) as $unsigned >> 1) as $signed - 2048;
            (half, k.wrapping_sub(half))
        }

        /// `2ᵏ x`.
        #[inline(always)]
        fn scaled(x: $float, k: $signed) -> $float {
            let (first, second) = halves(k);
            x * power_of_two(first) * power_of_two(second)
        }

        /// `k` and `r` with `x = k ln 2 + r`, `|r| ≤ ½ ln 2`.
        #[inline(always)]
        fn reduce(x: $float) -> ($signed, $float) {
            let shifted = x * LOG2_E + ROUND;
            let k = shifted - ROUND;
            let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
            (shifted.to_bits().wrapping_sub(ROUND.to_bits()) as $signed, r)
        }

        /// `eʳ − 1` for small `r`: its Taylor series.
        #[inline(always)]
        fn reduced_exp_m1(r: $float) -> $float {
            r + r * r * polynomial($exponential_series, r)
        }

        /// `x`, bounded to where `eˣ` is neither 0 nor infinite; NaN comes through.
        #[inline(always)]
        fn bounded(x: $float) -> $float {
            let x = if x > $overflow { $overflow } else { x };
            if x < $underflow { $underflow } else { x }
        }

        /// `eˣ = 2ᵏ eʳ`.
        #[inline(always)]
        pub(crate) fn exp(x: $float) -> $float {
            let (k, r) = reduce(bounded(x));
            scaled(1.0 + reduced_exp_m1(r), k)
        }

        /// `eˣ − 1 = 2ᵏ (eʳ − 1) + (2ᵏ − 1)`.
        #[inline(always)]
        pub(crate) fn exp_m1(x: $float) -> $float {
            let (k, r) = reduce(bounded(x));
            let (first, second) = halves(k);
            let scale = power_of_two(first);
            // Scaled by the second half only at the end: `2ᵏ` itself may be infinite where the result is not.
            (reduced_exp_m1(r) * scale + (scale - power_of_two(-second))) * power_of_two(second)
        }

        /// `ln x = k ln 2 + ln m` with `m` in `[√½, √2]`, for positive normal `x`; something else for others.
        ///
        /// With `f = m − 1` and `s = f/(2 + f)`, `ln m = 2 artanh s`, of which `2s = f − f²/2 + s f²/2` is taken apart to keep its rounding small.
        /// `shift` is taken from `k`.
        #[inline(always)]
        fn ln_of_normal(x: $float, shift: $signed) -> $float {
            const FRACTION: $unsigned = ((1 as $unsigned) << $mantissa_bits) - 1;
            let bits = x.to_bits().wrapping_add(((1.0 as $float).to_bits()) - FRAC_1_SQRT_2.to_bits());
            let k = ((bits >> $mantissa_bits) as $signed).wrapping_sub($bias).wrapping_sub(shift);
            let m = $float::from_bits((bits & FRACTION).wrapping_add(FRAC_1_SQRT_2.to_bits()));
            let k = whole(k);
            let f = m - 1.0;
            let s = f / (2.0 + f);
            let z = s * s;
            let half_square = 0.5 * f * f;
            let rest = z * polynomial($logarithm_series, z);
            k * LN_2_HIGH + (f - (half_square - (s * (half_square + rest) + k * LN_2_LOW)))
        }

        /// `ln x`; denormal numbers are scaled first.
        #[inline(always)]
        pub(crate) fn ln(x: $float) -> $float {
            const DENORMAL_SCALE: $float = ((1 as $unsigned) << ($mantissa_bits + 2)) as $float;
            let denormal = x < $float::MIN_POSITIVE;
            let normal = if denormal { x * DENORMAL_SCALE } else { x };
            let value = ln_of_normal(normal, if denormal { $mantissa_bits + 2 } else { 0 });
            let value = if x < $float::INFINITY { value } else { x };
            let value = if x > 0.0 { value } else { $float::NAN };
            if x == 0.0 { $float::NEG_INFINITY } else { value }
        }

        /// `ln(1 + x)`, from the logarithm of the rounded sum and what was lost in rounding it.
        #[inline(always)]
        pub(crate) fn ln_1p(x: $float) -> $float {
            let sum = 1.0 + x;
            let value = ln_of_normal(sum, 0) + (x - (sum - 1.0)) / sum;
            let value = if x < $float::INFINITY { value } else { x };
            let value = if x > -1.0 { value } else { $float::NAN };
            if x == -1.0 { $float::NEG_INFINITY } else { value }
        }

        /// `tanh x = −m/(m + 2)` for positive `x`, with `m = e^−2x − 1`.
        #[inline(always)]
        pub(crate) fn tanh(x: $float) -> $float {
            let m = exp_m1(-2.0 * x.abs());
            (-m / (m + 2.0)).copysign(x)
        }
    };
}

pub(super) use {elementary, polynomial};
