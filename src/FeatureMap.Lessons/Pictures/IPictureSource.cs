using FeatureMap.Data;

namespace FeatureMap.Lessons;

/// <summary>
/// Pictures by id, for lessons that look at one: those of the library everywhere (<see cref="SamplePictures"/>), and in a host its own,
/// such as files that a learner has sent to the studio.
/// </summary>
public interface IPictureSource
{
    /// <summary>Pictures that may be offered: others may have an id as well.</summary>
    IReadOnlyList<PictureChoice> Choices { get; }

    /// <summary>The picture of an id; null where there is none. Any thread may call.</summary>
    /// <exception cref="DataException">It is there and cannot be decoded.</exception>
    Picture? Find(string id);
}

/// <summary>A picture that may be chosen.</summary>
/// <param name="Id">Its id: letters, digits, '-' and '_'.</param>
/// <param name="Name">What it is called.</param>
public sealed record PictureChoice(string Id, string Name);
