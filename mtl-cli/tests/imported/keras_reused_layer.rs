mtl::multitask! {
    pub struct Net {
        input left: [5];
        input right: [5];

        layer encode_layer = Dense(6, tanh) -> Dropout(0.2) -> LayerNorm;
        shared norm = right -> encode_layer;
        shared norm_2 = left -> encode_layer;

        head gap = (norm_2, norm) -> Multiply -> Dense(1) { loss: mse }
        head sum = (norm_2, norm) -> Add -> Dense(2) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_reused_layer.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { left: [0.346, 0.822, 0.33, -1.303, 0.905], right: [0.599, 0.04, -0.292, -0.782, -0.257] },
                &[&[-2.7540622], &[-1.2738041, 1.5634999]],
            ),
            (
                NetInputs { left: [0.446, -0.537, 0.581, 0.365, 0.294], right: [0.008, -0.276, 1.294, 1.007, -2.711] },
                &[&[0.47282028], &[-1.2531388, 0.19047146]],
            ),
            (
                NetInputs { left: [0.028, 0.547, -0.736, -0.163, -0.482], right: [-1.889, -0.175, -0.422, 0.214, 0.217] },
                &[&[-0.90752506], &[3.094509, 0.50265265]],
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
