// What the second of the models in `tests/builds/hygiene.rs` has of its user.
pub mod zz {
    use mtl::activation::Activation;
    use mtl::kernel::GradientSink;
    use mtl::layer::{Context, Layer, Shape};
    use mtl::loss::{Loss, TargetError};
    use mtl::rand::Rng;
    use mtl::{InstructionSet, Scalar};

    pub const ZZ_WIDTH: usize = 4;
    pub const ZZ_WEIGHT: f64 = 0.5;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, mtl::Category)]
    pub enum ZzKin {
        ZzNear,
        #[category("zz far")]
        ZzFar,
    }

    #[derive(Clone, Copy, Default)]
    pub struct ZzActivation;

    impl Activation for ZzActivation {
        fn value<T: Scalar>(x: T) -> T {
            x * x
        }
        fn derivative<T: Scalar>(x: T, _: T) -> T {
            x + x
        }
    }

    pub struct ZzLayer<const N: usize>;

    impl<const N: usize> ZzLayer<N> {
        pub const fn new(_factor: f64) -> Self {
            Self
        }
    }

    impl<const N: usize> Shape for ZzLayer<N> {
        const INPUT: usize = N;
        const OUTPUT: usize = N;
    }

    impl<T: Scalar, const N: usize> Layer<N, N, T> for ZzLayer<N> {
        type Parameters = [T; N];
        type Cache = ();

        fn initialize<R: Rng + ?Sized>(&self, _: &mut [T; N], _: &mut R) {}

        fn forward<S: InstructionSet>(&self, _: Context, _: &[T; N], input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
            output.copy_from_slice(input);
        }

        fn backward<S: InstructionSet>(
            &self,
            _: Context,
            _: &[T; N],
            _: &[[T; N]],
            _: &[[T; N]],
            _: &[()],
            _: &mut [[T; N]],
            _: Option<GradientSink<'_, T, N>>,
            _: &mut [T; N],
        ) {
        }
    }

    pub struct ZzLoss;

    impl ZzLoss {
        pub const fn new(_factor: f64) -> Self {
            Self
        }
    }

    impl<T: Scalar, const N: usize> Loss<N, T> for ZzLoss {
        type Target = [T; N];

        fn evaluate(&self, _: &[T; N], _: &[T; N], _: &mut [T; N]) -> T {
            T::ZERO
        }
        fn check(&self, _: &[T; N]) -> Result<(), TargetError> {
            Ok(())
        }
    }
}
