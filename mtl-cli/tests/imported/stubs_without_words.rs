mtl::multitask! {
    pub struct Net {
        input x: [4];

        shared body = x -> Dense(6) -> self::Celu1<6, 6>() -> Dense(6);

        head y = body -> self::Sin2<6, 6>() -> self::Slice3<6, 6>() -> self::Gemm4<6, 1>() { loss: mse }
        head z = body -> Dense(2) { loss: mse }
    }
}

/// In the place of `Celu` at `/body/body.1/Celu`, for which the language has no word (alpha = 0.5).
#[derive(Clone, Copy, Debug)]
pub struct Celu1<const IN: usize, const OUT: usize>;

impl<const IN: usize, const OUT: usize> Celu1<IN, OUT> {
    pub const fn new() -> Self {
        Self
    }
}

impl<const IN: usize, const OUT: usize> mtl::layer::Shape for Celu1<IN, OUT> {
    const INPUT: usize = IN;
    const OUTPUT: usize = OUT;
}

impl<const IN: usize, const OUT: usize, T: mtl::Scalar> mtl::layer::Layer<IN, OUT, T> for Celu1<IN, OUT> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: mtl::InstructionSet>(&self, _: mtl::layer::Context, (): &(), _: &[[T; IN]], _: &mut [[T; OUT]], _: &mut [()]) {
        todo!("Celu: what it makes of `IN` values")
    }

    fn backward<S: mtl::InstructionSet>(
        &self,
        _: mtl::layer::Context,
        (): &(),
        _: &[[T; IN]],
        _: &[[T; OUT]],
        _: &[()],
        _: &mut [[T; OUT]],
        _: Option<mtl::kernel::GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {
        todo!("Celu: the gradient of what it takes")
    }
}

/// In the place of `Sin` at `/Sin`, for which the language has no word.
#[derive(Clone, Copy, Debug)]
pub struct Sin2<const IN: usize, const OUT: usize>;

impl<const IN: usize, const OUT: usize> Sin2<IN, OUT> {
    pub const fn new() -> Self {
        Self
    }
}

impl<const IN: usize, const OUT: usize> mtl::layer::Shape for Sin2<IN, OUT> {
    const INPUT: usize = IN;
    const OUTPUT: usize = OUT;
}

impl<const IN: usize, const OUT: usize, T: mtl::Scalar> mtl::layer::Layer<IN, OUT, T> for Sin2<IN, OUT> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: mtl::InstructionSet>(&self, _: mtl::layer::Context, (): &(), _: &[[T; IN]], _: &mut [[T; OUT]], _: &mut [()]) {
        todo!("Sin: what it makes of `IN` values")
    }

    fn backward<S: mtl::InstructionSet>(
        &self,
        _: mtl::layer::Context,
        (): &(),
        _: &[[T; IN]],
        _: &[[T; OUT]],
        _: &[()],
        _: &mut [[T; OUT]],
        _: Option<mtl::kernel::GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {
        todo!("Sin: the gradient of what it takes")
    }
}

/// In the place of `Slice` at `/Slice`, for which the language has no word.
#[derive(Clone, Copy, Debug)]
pub struct Slice3<const IN: usize, const OUT: usize>;

impl<const IN: usize, const OUT: usize> Slice3<IN, OUT> {
    pub const fn new() -> Self {
        Self
    }
}

impl<const IN: usize, const OUT: usize> mtl::layer::Shape for Slice3<IN, OUT> {
    const INPUT: usize = IN;
    const OUTPUT: usize = OUT;
}

impl<const IN: usize, const OUT: usize, T: mtl::Scalar> mtl::layer::Layer<IN, OUT, T> for Slice3<IN, OUT> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: mtl::InstructionSet>(&self, _: mtl::layer::Context, (): &(), _: &[[T; IN]], _: &mut [[T; OUT]], _: &mut [()]) {
        todo!("Slice: what it makes of `IN` values")
    }

    fn backward<S: mtl::InstructionSet>(
        &self,
        _: mtl::layer::Context,
        (): &(),
        _: &[[T; IN]],
        _: &[[T; OUT]],
        _: &[()],
        _: &mut [[T; OUT]],
        _: Option<mtl::kernel::GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {
        todo!("Slice: the gradient of what it takes")
    }
}

/// In the place of `Gemm` at `/y/Gemm`, for which the language has no word (alpha = 1.0, beta = 1.0, transB = 1).
#[derive(Clone, Copy, Debug)]
pub struct Gemm4<const IN: usize, const OUT: usize>;

impl<const IN: usize, const OUT: usize> Gemm4<IN, OUT> {
    pub const fn new() -> Self {
        Self
    }
}

impl<const IN: usize, const OUT: usize> mtl::layer::Shape for Gemm4<IN, OUT> {
    const INPUT: usize = IN;
    const OUTPUT: usize = OUT;
}

impl<const IN: usize, const OUT: usize, T: mtl::Scalar> mtl::layer::Layer<IN, OUT, T> for Gemm4<IN, OUT> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: mtl::InstructionSet>(&self, _: mtl::layer::Context, (): &(), _: &[[T; IN]], _: &mut [[T; OUT]], _: &mut [()]) {
        todo!("Gemm: what it makes of `IN` values")
    }

    fn backward<S: mtl::InstructionSet>(
        &self,
        _: mtl::layer::Context,
        (): &(),
        _: &[[T; IN]],
        _: &[[T; OUT]],
        _: &[()],
        _: &mut [[T; OUT]],
        _: Option<mtl::kernel::GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {
        todo!("Gemm: the gradient of what it takes")
    }
}
