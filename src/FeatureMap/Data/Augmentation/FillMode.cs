using System.Runtime.CompilerServices;

namespace FeatureMap.Data;

/// <summary>What lies outside an image, where a shift, a turn or a padded crop looks there. The names are those of Keras and SciPy.</summary>
public enum FillMode
{
    /// <summary>One value: <c>kkkk|abcd|kkkk</c>.</summary>
    Constant,

    /// <summary>The nearest pixel: <c>aaaa|abcd|dddd</c> (torchvision: edge).</summary>
    Nearest,

    /// <summary>The image mirrored at its edge, the edge pixel twice: <c>dcba|abcd|dcba</c> (torchvision: symmetric).</summary>
    Reflect,

    /// <summary>The image mirrored at its last pixel, which comes once: <c>dcb|abcd|cba</c> (torchvision: reflect).</summary>
    Mirror,

    /// <summary>The image again: <c>abcd|abcd|abcd</c>.</summary>
    Wrap,
}

/// <summary>A fill mode and the value of the constant one.</summary>
internal readonly record struct Border(FillMode Mode, float Value)
{
    /// <summary>The position inside 0 to count - 1 that stands for any position along an axis; -1 where the constant does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Place(int position, int count) => (uint)position < (uint)count ? position : Outside(position, count);

    private int Outside(int position, int count)
    {
        switch (Mode)
        {
            case FillMode.Nearest:
                return position < 0 ? 0 : count - 1;
            case FillMode.Wrap:
                return Modulo(position, count);
            case FillMode.Reflect:
                var there = Modulo(position, 2 * count);
                return there < count ? there : (2 * count) - 1 - there;
            case FillMode.Mirror:
                if (count == 1) return 0;
                there = Modulo(position, (2 * count) - 2);
                return there < count ? there : (2 * count) - 2 - there;
            default:
                return -1;
        }
    }

    private static int Modulo(int value, int divisor)
    {
        var rest = value % divisor;
        return rest < 0 ? rest + divisor : rest;
    }
}
