//! CatBoost's raw sums to the bit: whatever its fast exponential rounds otherwise, the sums under it are its own. Its JSON
//! is left out: it reads numbers back up to an ulp beside what it wrote.

mod margins;

#[test]
fn margins_are_equal_to_the_bit() {
    let compared = margins::assert_equal_to_the_bit("catboost", |case| !case.join("model.json").exists());
    assert!(compared > 40, "only {compared} cases");
}
