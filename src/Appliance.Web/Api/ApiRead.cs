using Appliance.Proxy.Items;

namespace Appliance.Web.Api;

/// <summary>What all that is read, and all that is sent, has in common.</summary>
internal static class ApiRead
{
    /// <summary>A version in a header that cannot be read.</summary>
    public static ApiProblem BadTag { get; } =
        new(StatusCodes.Status400BadRequest, "bad_tag", "If-Match and If-None-Match take what an ETag said, with its quotes, or *.");

    /// <summary>A body that is no such document.</summary>
    public static ApiProblem Unreadable(IReadOnlyList<ConfigProblem> problems) =>
        new(StatusCodes.Status422UnprocessableEntity, "unreadable", "Nothing was stored: the body cannot be read.") { Problems = problems };

    /// <summary>Sets the version of the answer. True: the program has it already, and the answer is sent.</summary>
    public static async Task<bool> IsKnownAsync(HttpContext context, string tag)
    {
        if (!Precondition.TryRead(context.Request, out var condition))
        {
            await BadTag.WriteAsync(context);
            return true;
        }

        context.Response.Headers.ETag = tag;
        if (!condition.IsKnown(tag))
            return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
