mtl::multitask! {
    pub struct Net {
        input x: [12];

        shared gru = x -> Reshape([4, 3]) -> Gru(4, sequences = true, bias = false);

        head one = gru -> Flatten -> Dense(1) { loss: mse }
        head two = gru -> GlobalAveragePool -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_viewed.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [-0.87, -0.197, 0.229, 1.521, 0.543, -0.67, 0.6, 0.721, -0.583, -2.406, -2.116, 0.115] },
                &[&[0.10902929], &[0.05176503]],
            ),
            (
                NetInputs { x: [0.102, 0.301, -0.148, 0.804, 1.46, -0.126, 0.029, 0.134, 0.219, 0.748, 0.309, 0.65] },
                &[&[0.19717248], &[0.12311777]],
            ),
            (
                NetInputs { x: [-0.824, 0.238, -0.113, 1.355, -0.842, 0.826, -0.225, 0.752, -0.023, -0.272, 1.144, 0.372] },
                &[&[0.32517385], &[0.13739191]],
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
