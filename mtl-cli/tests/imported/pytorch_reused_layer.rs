mtl::multitask! {
    pub struct Net {
        input left: [5];
        input right: [5];

        layer encode_layer = Dense(6, tanh) -> Dense(4);
        shared encode = left -> encode_layer;
        shared encode_2 = right -> encode_layer;

        head gap = (encode, encode_2) -> Multiply -> Dense(1) { loss: mse }
        head total = (encode, encode_2) -> Add -> Dense(2) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_reused_layer.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { left: [-1.174, 0.212, 0.672, -0.134, -0.271], right: [0.042, 1.42, 1.048, 0.032, 1.288] },
                &[&[-0.1428106], &[-0.014551759, 0.071730316]],
            ),
            (
                NetInputs { left: [-2.064, 0.323, 0.83, 0.75, 0.923], right: [0.85, 1.525, 0.533, -0.007, -0.201] },
                &[&[-0.15422721], &[-0.014357179, 0.062661916]],
            ),
            (
                NetInputs { left: [-0.208, -0.914, -0.294, -0.733, 1.361], right: [-1.15, 0.024, 1.064, 1.29, 0.19] },
                &[&[-0.12273266], &[0.0054018497, 0.07431878]],
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
