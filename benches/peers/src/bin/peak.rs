//! The most multiply-adds that a core does, in operations a second: independent chains that live in registers.

use std::hint::black_box;
use std::time::Instant;

use mtl::InstructionSet;
use mtl::kernel::{Kernel, Vector, Vectorized, dispatch};

struct Chains;

impl Kernel for Chains {
    type Output = usize;
    #[inline(always)]
    fn run<S: InstructionSet>(self) -> usize {
        const CHAINS: usize = 10;
        type V<S> = <f32 as Vectorized>::Vector<S>;
        let mut sums = [V::<S>::splat(black_box(1.0)); CHAINS];
        let (factor, term) = (V::<S>::splat(black_box(0.5)), V::<S>::splat(black_box(0.25)));
        for _ in 0..10_000 {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, term);
            }
        }
        black_box(sums);
        2 * 10_000 * CHAINS * V::<S>::LANES
    }
}

fn main() {
    let run = |_| {
        let start = Instant::now();
        dispatch(Chains) as f64 / start.elapsed().as_secs_f64()
    };
    println!("{}", (0..1000).map(run).fold(0.0, f64::max));
}
