using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Training;

/// <summary>Which data a run was made with. What identifies them is their origin and the sums of the images, never the name.</summary>
/// <param name="Name">
/// The data set in use: <c>digits</c> where the embedded digits stood in for MNIST; of a path, its file or folder name.
/// </param>
/// <param name="Source">Where it came from: a folder, or words.</param>
/// <param name="Training">Number of training images used.</param>
/// <param name="Validation">Number of validation images used.</param>
public sealed record RunData(string Name, string Source, int Training, int Validation)
{
    /// <summary>Where it came from, for a program.</summary>
    public DataOrigin Origin { get; init; } = DataOrigin.Named;

    /// <summary>The <see cref="ImageSet.Sha256"/> of the training images used; null in runs that did not note it.</summary>
    public string? TrainingSha256 { get; init; }

    /// <summary>The <see cref="ImageSet.Sha256"/> of the validation images used; null in runs that did not note it.</summary>
    public string? ValidationSha256 { get; init; }

    /// <summary>That of a data set.</summary>
    public static RunData Of(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(data.Name, data.Source, data.Training.Count, data.Validation.Count)
        {
            Origin = data.Origin,
            TrainingSha256 = data.Training.Sha256(),
            ValidationSha256 = data.Validation.Sha256(),
        };
    }

    /// <summary>
    /// What is different between the data of the run and those that were found now, as a sentence; null where they are the same, as far
    /// as the run noted.
    /// </summary>
    /// <param name="data">What was found, as the run chose from it.</param>
    public string? Difference(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var isMoved = data.Source != Source;
        if (data.Training.Count != Training || data.Validation.Count != Validation)
        {
            return $"The run was made with {Training:N0} training + {Validation:N0} "
                + $"validation images of {Name}{(isMoved ? $" from {Source}" : "")}, "
                + $"and these are {data.Training.Count:N0} + "
                + $"{data.Validation.Count:N0}{(isMoved ? $" of {data.Name} from {data.Source}" : $": {Source} has changed since")}.";
        }
        if (TrainingSha256 is null || ValidationSha256 is null)
            return data.Name == Name ? null : $"The run was made with the images of {Name} from {Source}, and these are those of "
                + $"{data.Name} from {data.Source}.";
        bool training = TrainingSha256 != data.Training.Sha256(), validation = ValidationSha256 != data.Validation.Sha256();
        if (!training && !validation) return null;
        return $"The {(training && validation ? "images" : training ? "training images" : "validation images")} are not those that the "
            + $"run was made with: as many, but with other pixels, classes or order. "
            + (isMoved ? $"It was made with {Source}; these are from {data.Source}." : $"{Source} has changed since.");
    }

    /// <summary>Writes the entry <c>data</c> of a file about a run.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject("data");
        json.WriteString("name", Name);
        json.WriteString("source", Source);
        json.WriteString("origin", $"{Origin}".ToLowerInvariant());
        json.WriteNumber("training", Training);
        json.WriteNumber("validation", Validation);
        if (TrainingSha256 is not null) json.WriteString("trainingSha256", TrainingSha256);
        if (ValidationSha256 is not null) json.WriteString("validationSha256", ValidationSha256);
        json.WriteEndObject();
    }
}
