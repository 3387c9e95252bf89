using System.Runtime.CompilerServices;

namespace FeatureMap.Data;

/// <summary>Checks the options of augmentations; the message names the type and the property.</summary>
internal static class AugmentationOption
{
    public static float InRange<T>(float value, float minimum, float maximum, [CallerMemberName] string name = "") => value >= minimum && value <= maximum
        ? value
        : throw Refused<T>(name, $"from {minimum} to {maximum:0.######}", $"{value}");

    public static int InRange<T>(int value, int minimum, int maximum, [CallerMemberName] string name = "") => value >= minimum && value <= maximum
        ? value
        : throw Refused<T>(name, $"from {minimum} to {maximum}", $"{value}");

    public static (float Lower, float Upper) InOrder<T>((float Lower, float Upper) value, float minimum, float maximum, [CallerMemberName] string name = "") =>
        value.Lower >= minimum && value.Upper <= maximum && value.Lower <= value.Upper
            ? value
            : throw Refused<T>(name, $"two numbers from {minimum} to {maximum:0.######}, the lower first", $"({value.Lower}, "
            + $"{value.Upper})");

    private static UsageException Refused<T>(string name, string expected, string received) => new($"{typeof(T).Name}.{name} must be {expected}: received {received}.");
}
