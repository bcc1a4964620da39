mtl::multitask! {
    pub struct Net {
        input survey: [5];
        input sensors: [8];

        shared survey_2 = survey -> Dense(4, relu);
        shared sensors_2 = sensors -> Dense(4, relu);
        shared shared_value = (survey_2, sensors_2) -> Concat -> Dense(6, relu);

        head limited = shared_value -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head health = shared_value -> Dense(4, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_two_inputs.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { survey: [-0.756, -2.05, 0.684, -0.8, -0.374], sensors: [0.142, -0.164, -0.358, -0.059, -2.492, 0.242, 0.288, -0.11] },
                &[&[0.45575953], &[0.21399409, 0.2500955, 0.29425734, 0.24165301]],
            ),
            (
                NetInputs { survey: [1.49, -1.297, -0.324, 0.311, -0.342], sensors: [0.791, 1.023, 0.984, 0.906, 1.046, -0.521, 1.355, 0.235] },
                &[&[0.44789723], &[0.18332423, 0.25815815, 0.30386132, 0.25465629]],
            ),
            (
                NetInputs { survey: [0.698, 1.412, 2.133, -0.16, 0.362], sensors: [-0.906, -0.436, -0.596, -0.969, 1.252, 1.21, -0.528, 0.219] },
                &[&[0.43888837], &[0.20422596, 0.2586375, 0.29298392, 0.24415268]],
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
