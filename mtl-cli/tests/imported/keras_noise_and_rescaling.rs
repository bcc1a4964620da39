mtl::multitask! {
    pub struct Net {
        input pixels: [4];

        shared rescaling = pixels -> Normalize -> GaussianNoise(0.1) -> Dense(5, relu);

        head y = rescaling -> Dense(1) { loss: mse }
        head z = rescaling -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_noise_and_rescaling.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { pixels: [0.346, 0.822, 0.33, -1.303] },
                &[&[-1.4328784], &[0.77844155]],
            ),
            (
                NetInputs { pixels: [0.905, 0.446, -0.537, 0.581] },
                &[&[-1.4223953], &[0.77567923]],
            ),
            (
                NetInputs { pixels: [0.365, 0.294, 0.028, 0.547] },
                &[&[-1.4292254], &[0.7799234]],
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
