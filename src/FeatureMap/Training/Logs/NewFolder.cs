using System.Globalization;

namespace FeatureMap.Training;

/// <summary>Makes folders that belong to one process each: <c>runs/&lt;name&gt;-&lt;yyyymmdd-hhmmss&gt;/</c>, of a run or of a whole experiment.</summary>
public static class NewFolder
{
    /// <summary>Makes a new folder. A second one of the same name within one second gets the suffix -2, then -3, and so on.</summary>
    /// <param name="root">The folder in which it is made, usually <c>runs</c>; it is made where it is missing.</param>
    /// <param name="name">What it is of; characters that are not safe in a file name become '-'.</param>
    /// <param name="claim">The name of the file that is made in it, empty: the folder belongs to the process that makes it.</param>
    /// <param name="time">The time in the name; now, in local time, where it is left out.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="DataException">The folder cannot be made there.</exception>
    public static string Create(string root, string name, string claim, DateTime? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(claim);
        var stamp = (time ?? DateTime.Now).ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var basis = Path.Combine(Path.GetFullPath(root), $"{SafeName(name)}-{stamp}");
        try
        {
            for (var number = 1; ; number++)
            {
                var path = number == 1 ? basis : string.Create(CultureInfo.InvariantCulture, $"{basis}-{number}");
                if (!Directory.Exists(path) && Claim(path, claim))
                    return path;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(basis, error);
        }
    }

    /// <summary>A text as the name of a file or folder: characters that are not safe in one become '-'.</summary>
    public static string SafeName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var safe = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '+' ? c : '-')).Trim('-', '.');
        return safe.Length == 0 ? "run" : safe[..Math.Min(safe.Length, 100)];
    }

    internal static DataException Failed(string path, Exception error) =>
        new($"The run folder {path} cannot be made: {error.Message.TrimEnd('.')}. Choose a place that is writable with --out.", error);

    // Making a folder does not say who made it; making a file does.
    private static bool Claim(string path, string name)
    {
        Directory.CreateDirectory(path);
        var file = Path.Combine(path, name);
        try
        {
            new FileStream(file, FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
    }
}
