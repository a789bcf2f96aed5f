using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Appliance.Web.SignIn;

/// <summary>
/// The keys of the cookies as files of one folder. The framework's own repository writes the same files, but by way of the machine's folder
/// for temporary ones, which a container with a read-only root does not have: no page with a form would open.
/// </summary>
internal sealed class KeyFolder(string folder) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. Directory.EnumerateFiles(folder, "*.xml").Select(file => XElement.Load(file))];

    // Beside its place and renamed into it, so that nobody reads half a key.
    public void StoreElement(XElement element, string friendlyName)
    {
        var name =
            friendlyName.Length > 0 && friendlyName.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
                ? friendlyName
                : Guid.NewGuid().ToString();
        var file = Path.Combine(folder, name + ".xml");
        var unfinished = file + ".new";
        using (var stream = File.Create(unfinished))
        {
            element.Save(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, file, overwrite: true);
    }
}
