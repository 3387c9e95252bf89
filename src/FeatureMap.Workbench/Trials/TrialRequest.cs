namespace FeatureMap.Workbench;

/// <summary>An image that a model is asked about.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="Content">A PNG, JPEG or BMP file.</param>
/// <param name="IsSet">Whether it is already as networks of its size read it, such as an image of a data set: then it is not
/// centred.</param>
public sealed record TrialImage(string Name, ReadOnlyMemory<byte> Content, bool IsSet = false);

/// <summary>How an image becomes one of the network's size.</summary>
public enum TrialPlacing
{
    /// <summary>As a digit for a network that reads 1x28x28, unless it is set already; else fitted.</summary>
    Automatic,

    /// <summary>As a digit of MNIST: light on black, 20 pixels, its centre of mass in the middle (<see cref="Data.DrawnDigit"/>).</summary>
    Digit,

    /// <summary>Cut, padded or squashed as the model keeps it; the middle where it keeps nothing.</summary>
    Fit,
}

/// <summary>A pixel that is changed before the network reads the image: all of its channels.</summary>
/// <param name="Row">Its row in what the network reads.</param>
/// <param name="Column">Its column.</param>
/// <param name="Value">0 to 255.</param>
public sealed record TrialPixel(int Row, int Column, byte Value);

/// <summary>A channel of a layer that gives 0 everywhere.</summary>
/// <param name="Layer">Name of the layer.</param>
/// <param name="Channel">Number of the channel.</param>
public sealed record TrialOff(string Layer, int Channel);

/// <summary>What a model is asked.</summary>
/// <param name="Image">The image.</param>
public sealed record TrialRequest(TrialImage Image)
{
    /// <summary>How the image becomes one of the network's size.</summary>
    public TrialPlacing Placing { get; init; }

    /// <summary>Whether dark and light are exchanged where the image is fitted; a digit turns itself.</summary>
    public bool IsInverted { get; init; }

    /// <summary>The class that the maps ask about, by its name or number; the one that the model sees where null.</summary>
    public string? Class { get; init; }

    /// <summary>A pixel to change; none where null.</summary>
    public TrialPixel? Pixel { get; init; }

    /// <summary>A channel to switch off; none where null.</summary>
    public TrialOff? Off { get; init; }

    /// <summary>Whether Grad-CAM, saliency and occlusion are wanted.</summary>
    public bool WantsMaps { get; init; } = true;

    /// <summary>Whether the maps of all layers are wanted.</summary>
    public bool WantsLayers { get; init; } = true;

    /// <summary>Ends the work between two of its parts.</summary>
    public CancellationToken Cancellation { get; init; }
}
