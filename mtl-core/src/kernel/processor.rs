//! Which of the instruction sets that kernels are compiled for the processor has.

/// The instruction sets, each with those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Best {
    Portable,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512 F, VL, DQ and BW.
    Avx512,
    /// VNNI, for AVX-512.
    Vnni,
}

impl Best {
    #[inline(always)]
    const fn of(avx2: bool, avx512: bool, vnni: bool) -> Self {
        match (avx2, avx512, vnni) {
            (true, true, true) => Self::Vnni,
            (true, true, false) => Self::Avx512,
            (true, false, _) => Self::Avx2,
            (false, ..) => Self::Portable,
        }
    }
}

/// What the processor has, or a lesser one that `MTL_INSTRUCTION_SET` asks for; without `std`, what the program is compiled for.
#[cfg(feature = "std")]
#[inline]
pub(super) fn best() -> Best {
    use std::is_x86_feature_detected;
    use std::sync::OnceLock;
    static BEST: OnceLock<Best> = OnceLock::new();
    *BEST.get_or_init(|| {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw");
        let best = Best::of(avx2, avx512, is_x86_feature_detected!("avx512vnni"));
        match std::env::var("MTL_INSTRUCTION_SET").as_deref() {
            Ok("portable") => Best::Portable,
            Ok("avx2") => best.min(Best::Avx2),
            _ => best,
        }
    })
}

/// What the processor has; without `std`, what the program is compiled for.
#[cfg(not(feature = "std"))]
#[inline(always)]
pub(super) const fn best() -> Best {
    Best::of(
        cfg!(all(target_feature = "avx2", target_feature = "fma")),
        cfg!(all(target_feature = "avx512f", target_feature = "avx512vl", target_feature = "avx512dq", target_feature = "avx512bw")),
        cfg!(target_feature = "avx512vnni"),
    )
}
