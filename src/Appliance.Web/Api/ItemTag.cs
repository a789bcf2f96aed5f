using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Api;

/// <summary>Versions, as <c>ETag</c> writes them: of an item by what it says, of the config and its lists by the revision.</summary>
internal static class ItemTag
{
    private const int Length = 22; // 132 bits in base64url

    /// <summary>Of an item. It is the same again when the item says the same again.</summary>
    public static string Of(ConfigItem item) =>
        $"\"{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(ConfigItemJson.Write(item))))[..Length]}\"";

    /// <summary>Of a whole revision.</summary>
    public static string Of(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");
}
