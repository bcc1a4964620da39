mtl::multitask! {
    pub struct Net {
        input left: [4];
        input right: [4];
        input extra: [2];

        layer encoder_layer = Dense(6, relu) -> Dense(4, relu);
        layer again_layer = Dense(4, tanh);
        let again = left -> encoder_layer -> again_layer -> again_layer;
        let encoder = right -> encoder_layer;

        head y = (again, encoder, extra) -> Concat -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_deep_sharing.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { left: [-0.275, 0.271, 0.063, -1.837], right: [-0.753, -1.409, -2.082, -0.312], extra: [-0.813, -0.701] },
                &[&[0.10890229]],
            ),
            (
                NetInputs { left: [0.782, 0.028, 1.361, 0.714], right: [1.453, -0.152, 0.756, 1.376], extra: [0.359, 0.585] },
                &[&[-0.0924444]],
            ),
            (
                NetInputs { left: [2.155, -0.694, -2.091, -0.588], right: [0.715, -0.574, 0.045, 1.211], extra: [0.774, 0.242] },
                &[&[-0.17466506]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
