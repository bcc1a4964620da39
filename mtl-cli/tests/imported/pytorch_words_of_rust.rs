mtl::multitask! {
    pub struct Net {
        input input_value: [3];

        shared impl_value = input_value -> Dense(4, relu);

        head type_value = impl_value -> Dense(1) { loss: mse }
        head match_value = impl_value -> Dense(2) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_words_of_rust.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { input_value: [0.81, 0.668, -0.022] },
                &[&[0.09710616], &[-0.6313039, -0.66843706]],
            ),
            (
                NetInputs { input_value: [-0.427, 0.234, 0.105] },
                &[&[-0.06779161], &[-0.418854, -0.59194595]],
            ),
            (
                NetInputs { input_value: [-0.976, -0.477, -0.389] },
                &[&[-0.118160956], &[-0.12554066, -0.7354004]],
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
