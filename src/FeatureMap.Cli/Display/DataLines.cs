using FeatureMap.Data;

namespace FeatureMap.Cli;

/// <summary>What is shown while data arrive.</summary>
internal static class DataLines
{
    /// <summary>One line for the decoding of many images, drawn over where a person watches; a few images are not worth it.</summary>
    public sealed class DecodeLine(Terminal terminal) : IProgress<DecodeProgress>
    {
        private const int Few = 1000;
        private readonly Lock gate = new();
        private long shown;
        private int most = -1;

        public void Report(DecodeProgress value)
        {
            lock (gate)
            {
                if (value.Total < Few) return;
                if (most < 0) terminal.Error.WriteLine($"Decoding {value.Total:N0} images of {value.Source}");
                var now = Environment.TickCount64;
                if (value.Images <= most) return;
                most = value.Images;
                var isDone = value.Images == value.Total;
                if (!terminal.IsInteractive || (now - shown < 100 && !isDone)) return;
                shown = now;
                terminal.Redraw($"  {value.Images,9:N0} of {value.Total:N0}");
                if (isDone) terminal.Error.WriteLine();
            }
        }
    }

    /// <summary>A line per file, drawn over while it arrives where a person watches.</summary>
    public sealed class DownloadLines(Terminal terminal) : IProgress<DownloadProgress>
    {
        private readonly Lock gate = new();
        private string file = "";
        private long shown;

        public void Report(DownloadProgress value)
        {
            lock (gate)
            {
                var isNew = value.File != file;
                if (isNew) terminal.Error.WriteLine($"Downloading {value.File} from {value.Mirror.Host}");
                var now = Environment.TickCount64;
                (file, shown) = (value.File, isNew ? 0 : shown);
                var isDone = value.Bytes == value.Total;
                if (!terminal.IsInteractive || (now - shown < 100 && !isDone)) return;
                shown = now;
                terminal.Redraw($"  {value.Bytes / 1e6,8:0.0} MB{(value.Total is { } total ? $" of {total / 1e6:0.0} MB" : "")}");
                if (isDone) terminal.Error.WriteLine();
            }
        }
    }
}
