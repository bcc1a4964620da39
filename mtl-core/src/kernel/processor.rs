//! Which of the instruction sets that kernels are compiled for the processor has.

/// The instruction sets, each with those before it.
#[cfg(target_arch = "x86_64")]
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

#[cfg(target_arch = "x86_64")]
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

/// What the processor has, or a lesser one that [`limit_instructions`] or `MTL_INSTRUCTION_SET` asks for; without `std`, what the program is
/// compiled for.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
pub(super) fn best() -> Best {
    *BEST.get_or_init(|| {
        let Ok(name) = std::env::var("MTL_INSTRUCTION_SET") else { return found() };
        match [("portable", Best::Portable), ("avx2", Best::Avx2), ("avx512", Best::Vnni)].into_iter().find(|(known, _)| *known == name) {
            Some((_, most)) => found().min(most),
            None => {
                // Nothing can be returned here, and a computation on other instructions than were asked for should not go unnoticed.
                std::eprintln!("MTL_INSTRUCTION_SET is `{name}`, which is none of `portable`, `avx2`, `avx512`: the processor's best is used");
                found()
            }
        }
    })
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
static BEST: std::sync::OnceLock<Best> = std::sync::OnceLock::new();

#[cfg(all(feature = "std", target_arch = "x86_64"))]
fn found() -> Best {
    use std::is_x86_feature_detected;
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw");
    Best::of(avx2, avx512, is_x86_feature_detected!("avx512vnni"))
}

/// Instruction sets that [`limit_instructions`] knows, each with those before it.
#[cfg(feature = "std")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Instructions {
    /// Those that every processor of the target has.
    Portable,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512.
    Avx512,
}

/// Something was computed on other instructions already.
#[cfg(feature = "std")]
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this process has computed on other instructions already: limit them before anything is trained or predicted")]
pub struct InUse;

/// Lets this process compute on no more than these instructions, whatever the processor has: before anything is trained or predicted.
///
/// Sums have another order on wider registers, and a fused multiply-add rounds once and not twice. So training ends at the same bits for any number
/// of threads and on any processor with the same instructions, and at others on another instruction set. With
/// [`Portable`](Instructions::Portable) one program gives the same bits on every x86-64 processor, at about half the speed. The
/// environment variable `MTL_INSTRUCTION_SET` (`portable`, `avx2`, `avx512`) does the same from outside; this function has precedence.
/// Other targets than x86-64 have one instruction set each, to which this does nothing.
///
/// ```
/// use mtl_core::kernel::{Instructions, limit_instructions};
///
/// limit_instructions(Instructions::Portable)?;
/// # Ok::<(), mtl_core::kernel::InUse>(())
/// ```
///
/// # Errors
///
/// Where something was computed before, on other instructions.
#[cfg(feature = "std")]
pub fn limit_instructions(most: Instructions) -> Result<(), InUse> {
    #[cfg(target_arch = "x86_64")]
    {
        let most = match most {
            Instructions::Portable => Best::Portable,
            Instructions::Avx2 => Best::Avx2,
            Instructions::Avx512 => Best::Vnni,
        };
        let wanted = found().min(most);
        if *BEST.get_or_init(|| wanted) == wanted { Ok(()) } else { Err(InUse) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = most;
        Ok(())
    }
}

/// What the processor has; without `std`, what the program is compiled for.
#[cfg(all(not(feature = "std"), target_arch = "x86_64"))]
#[inline(always)]
pub(super) const fn best() -> Best {
    Best::of(
        cfg!(all(target_feature = "avx2", target_feature = "fma")),
        cfg!(all(target_feature = "avx512f", target_feature = "avx512vl", target_feature = "avx512dq", target_feature = "avx512bw")),
        cfg!(target_feature = "avx512vnni"),
    )
}
