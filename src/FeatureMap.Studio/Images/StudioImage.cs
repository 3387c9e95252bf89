using FeatureMap.Data;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>An image that has an id: what pages show and models are asked about.</summary>
/// <param name="Id">Its id, which stands in addresses.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Content">A PNG, JPEG or BMP file.</param>
/// <param name="IsSet">Whether it stands as an image of a data set does: then a digit is not centred once more.</param>
internal sealed record StudioImage(string Id, string Name, byte[] Content, bool IsSet)
{
    /// <summary>What a model is asked about.</summary>
    public TrialImage ForTrial => new(Name, Content, IsSet);

    /// <summary>Its pixels, decoded now.</summary>
    /// <exception cref="DataException">It cannot be decoded.</exception>
    public Picture Picture() => FeatureMap.Data.Picture.Load(new MemoryStream(Content), Name);

    /// <summary>An image of pixels that are there.</summary>
    public static StudioImage Of(string id, string name, Picture picture, bool isSet)
    {
        using var content = new MemoryStream();
        picture.Save(content);
        return new(id, name, content.ToArray(), isSet);
    }
}
