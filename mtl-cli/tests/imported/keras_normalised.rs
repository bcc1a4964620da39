mtl::multitask! {
    pub struct Net {
        input x: [6];

        shared scaled = x -> Normalize -> Dense(8, bias = false) -> BatchNorm(epsilon = 0.0001) -> relu
            -> LayerNorm(epsilon = 1e-6) -> Dense(6) -> RmsNorm;

        head a = scaled -> Dense(1) { loss: mse }
        head b = scaled -> Dense(1, exponential) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_normalised.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33, -1.303, 0.905, 0.446] },
                &[&[1.4435312], &[1.4702997]],
            ),
            (
                NetInputs { x: [-0.537, 0.581, 0.365, 0.294, 0.028, 0.547] },
                &[&[1.570193], &[1.3775873]],
            ),
            (
                NetInputs { x: [-0.736, -0.163, -0.482, 0.599, 0.04, -0.292] },
                &[&[1.6547273], &[1.3351494]],
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
