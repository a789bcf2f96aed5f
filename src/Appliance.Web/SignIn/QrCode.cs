using System.Globalization;
using System.Text;
using QRCoder;

namespace Appliance.Web.SignIn;

/// <summary>A text as the picture that phones read: one path, to be set into the page itself.</summary>
internal static class QrCode
{
    /// <summary>The path of the dark squares, each of one unit, and how many units wide it is with its quiet zone.</summary>
    public static (string Path, int Width) Draw(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var path = new StringBuilder();
        var rows = code.ModuleMatrix;
        for (var y = 0; y < rows.Count; y++)
        {
            for (var x = 0; x < rows[y].Length; x++)
            {
                if (rows[y][x])
                    path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
            }
        }

        return (path.ToString(), rows.Count);
    }
}
