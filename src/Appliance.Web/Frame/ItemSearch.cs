using Appliance.Proxy.Config;
using Appliance.Web.Certificates;
using Appliance.Web.Faces;
using Appliance.Web.Search;

namespace Appliance.Web.Frame;

/// <summary>The part of the search that knows the items of the config, and the certificates.</summary>
public static class ItemSearch
{
    private const int Most = 12;

    /// <summary>At most twelve, names that begin with the text first.</summary>
    public static IReadOnlyList<SearchHit> Find(ItemFaces faces, ProxyConfig config, CertificateList certificates, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return [];
        var kinds = faces.All.Select(face =>
            config
                .Of(face.Kind)
                .Where(item => face.Has(item, words))
                .Select(item => Hit(face.Icon, face.Kind.Word, item.Name, face.DetailOf(item, words), face.PathOf(item)))
        );
        var held = certificates
            .Lines.Where(line => words.All(line.Has))
            .Select(line => Hit("certificates", "certificate", line.Name, string.Join(" ", line.Names.Take(3)), line.Path));

        // Each kind gets its share, so that ten thousand routes do not hide the one pool.
        return
        [
            .. kinds
                .Append(held)
                .SelectMany(kind => kind.Take(Most))
                .OrderByDescending(hit => hit.Name.TrimStart('$').StartsWith(words[0], StringComparison.OrdinalIgnoreCase))
                .Take(Most),
        ];
    }

    private static SearchHit Hit(string icon, string word, string name, string detail, string path) =>
        new(SearchGroup.Items, icon, name, detail) { Word = word, Path = path };
}
