namespace FeatureMap.Interchange;

/// <summary>
/// When two engines agree about a number. The rule is that of ONNX's backend tests and of NumPy's allclose, with NaN equal to NaN.
/// </summary>
internal static class Agreement
{
    /// <summary>
    /// How far apart two numbers are: 0 for the same infinity and for two NaN, infinite where only one of the two is a finite number.
    /// </summary>
    public static double Distance(double first, double second) =>
        first == second || (double.IsNaN(first) && double.IsNaN(second)) ? 0
        : double.IsFinite(first) && double.IsFinite(second) ? Math.Abs(first - second)
        : double.PositiveInfinity;

    /// <summary>
    /// Whether two numbers are no further apart than allowed. An infinite allowance, which comes of an infinite number, allows nothing.
    /// </summary>
    public static bool Fits(double first, double second, double allowed)
    {
        var distance = Distance(first, second);
        return distance == 0 || (double.IsFinite(distance) && distance <= allowed);
    }
}
