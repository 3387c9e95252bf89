namespace FeatureMap;

/// <summary>
/// A real number as elementwise arithmetic sees it, or many side by side: written once over this interface, a formula runs on a single
/// number, on a register of whatever width the machine has, or on another engine. Everything is float32 and rounds once per operation, as
/// IEEE 754 says, so that the bits do not depend on where it runs.
/// </summary>
/// <typeparam name="TSelf">The number.</typeparam>
public interface IReal<TSelf> where TSelf : struct, IReal<TSelf>
{
    /// <summary>A constant.</summary>
    static abstract TSelf Of(float value);

    /// <summary>left + right.</summary>
    static abstract TSelf operator +(TSelf left, TSelf right);

    /// <summary>left - right.</summary>
    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>left x right.</summary>
    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>left / right.</summary>
    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>a x b + c with one rounding, on every machine.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>c - a x b with one rounding.</summary>
    static abstract TSelf MultiplySubtractFrom(TSelf a, TSelf b, TSelf c);

    /// <summary>The square root.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>
    /// One number where <paramref name="left"/> is greater than <paramref name="right"/>, another where it is not or one of them is not a
    /// number: there is no branching, as some of many may be greater and others not.
    /// </summary>
    static abstract TSelf IfGreater(TSelf left, TSelf right, TSelf then, TSelf otherwise);
}
