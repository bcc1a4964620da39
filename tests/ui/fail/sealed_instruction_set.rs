use mtl::InstructionSet;
use mtl::kernel::{Kernel, Portable};

#[derive(Clone, Copy)]
struct Mine;

impl InstructionSet for Mine {
    const FUSED_MULTIPLY_ADD: bool = false;
    const COMPACT: bool = true;
    type F32 = <Portable as InstructionSet>::F32;
    type F64 = <Portable as InstructionSet>::F64;

    fn outline<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }
}

fn main() {}
