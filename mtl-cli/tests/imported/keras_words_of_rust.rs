mtl::multitask! {
    pub struct Net {
        input input_value: [3];

        shared match_value = input_value -> Dense(4, relu);

        head type_value = match_value -> Dense(1) { loss: mse }
        head batch_value = match_value -> Dense(1) { loss: mse }
        head loss_1 = match_value -> Dense(2) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_words_of_rust.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { input_value: [0.346, 0.822, 0.33] },
                &[&[0.4097378], &[0.16721496], &[-0.0062591583, 0.47667468]],
            ),
            (
                NetInputs { input_value: [-1.303, 0.905, 0.446] },
                &[&[0.39355212], &[-0.17731243], &[0.0029221773, 0.50136197]],
            ),
            (
                NetInputs { input_value: [-0.537, 0.581, 0.365] },
                &[&[0.3675407], &[0.03513834], &[0.032890826, 0.45688266]],
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
