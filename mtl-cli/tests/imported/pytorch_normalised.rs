mtl::multitask! {
    pub struct Net {
        input x: [6];

        shared body = x -> Normalize -> Dense(8) -> BatchNorm(momentum = 0.9, epsilon = 1e-5) -> relu
            -> Dense(5) -> LayerNorm(epsilon = 1e-5);

        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(1, softplus) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_normalised.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.978, -1.694, 0.212, 1.382, -0.82, -1.044] },
                &[&[-0.022282362], &[0.61285436]],
            ),
            (
                NetInputs { x: [0.847, 0.681, -0.714, -2.11, 1.692, 1.512] },
                &[&[0.002233997], &[0.89359957]],
            ),
            (
                NetInputs { x: [0.917, -0.654, -0.673, 0.381, 0.231, 0.68] },
                &[&[-0.038116798], &[0.8862576]],
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
