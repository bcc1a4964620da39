use mtl::InstructionSet;
use mtl::kernel::Vectorized;

struct Half(f32);

impl Vectorized for Half {
    type Vector<S: InstructionSet> = S::F32;
}

fn main() {}
