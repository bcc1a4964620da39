mtl::multitask! {
    pub struct Net {
        input record: [13];

        shared body = record -> Dense(16, relu) -> Dense(16, relu);

        head stay = body -> Dense(1) { loss: mse }
        head disease = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_two_heads.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { record: [-0.361, 1.31, -0.965, 0.881, -1.041, 1.625, -0.634, 1.759, 0.508, 2.323, 0.23, -0.53, 1.834] },
                &[&[0.025886402], &[0.33673766, 0.27609268, 0.38716966]],
            ),
            (
                NetInputs { record: [0.377, -2.18, -0.147, 0.753, 0.324, -0.275, 1.306, 1.063, 0.738, -0.245, 2.071, 0.71, -0.146] },
                &[&[0.1250362], &[0.28985128, 0.30330858, 0.4068401]],
            ),
            (
                NetInputs { record: [-0.747, 0.726, 0.01, -0.996, 0.979, 1.724, -0.409, 0.783, -1.521, -0.315, -0.765, -0.475, -0.495] },
                &[&[0.06986593], &[0.31831768, 0.30377918, 0.37790307]],
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
