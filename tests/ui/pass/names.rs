//! Names that are keywords, that are not ASCII, and that generated code has itself.

use mtl::prelude::*;

#[allow(non_upper_case_globals)]
const values: usize = 4;

multitask! {
    pub struct r#struct<const r#type: usize = 3> {
        input r#in: [values];
        input größe: [r#type];
        shared r#loop = (r#in, größe -> Dense(values)) -> Concat -> Dense(values, relu);
        head r#match = r#loop -> Dense(1) { loss: mse }
        head 温度 = r#loop -> Dense(1) { loss: mse }
        head row = r#loop -> Dense(1) { loss: mse }
        part r#impl = [r#match];
    }
}

fn main() {
    let model = r#struct::<3, f32>::new(&mut mtl::seeded(1));
    let outputs = model.predict(&structInputs { r#in: [1.0; values], größe: [0.5; 3] });
    assert!(outputs.r#match.is_finite() && outputs.温度.is_finite());
    assert_eq!(model.predict_match(&structInputs { r#in: [1.0; values], größe: [0.5; 3] }), outputs.r#match);
    assert_eq!(<r#struct as mtl::Model>::NAME, "struct");
}
